// What only the page of /sign-in says, in English. The same keys as fr-door.js.
export default {
  'door.title': 'Sign in to Relais',
  'door.text': 'Give the e-mail address of your account: we send a link there to let you in. No password.',
  'door.email': 'E-mail address',
  'door.email_missing': 'Write your e-mail address.',
  'door.email_wrong': 'This address isn’t complete. Example: claire@boulangerie-martin.fr.',
  'door.ask': 'Send me the link',
  'door.sent_title': 'Look at your mail',
  'door.sent_text': 'If {email} has an account, a link is on its way.',
  'door.sent_help': 'It is good for 15 minutes and works once. Nothing there? Look in the junk mail.',
  'door.other_address': 'Try another address',
  'door.enter_title': 'Welcome',
  'door.enter_text': 'Your link is ready. It is used when you enter.',
  'door.enter': 'Enter',
  'door.used_title': 'This link no longer works',
  'door.used_text': 'A link works once, for 15 minutes. This one has been used, or is too old.',
  'door.ask_again': 'Send me a new link',
};
