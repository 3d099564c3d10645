// What only the page of /sign-in says, in French. The same keys as en-door.js.
export default {
  'door.title': 'Entrer dans Relais',
  'door.text': 'Donnez l’adresse e-mail de votre compte : nous y envoyons un lien pour entrer. Pas de mot de passe.',
  'door.email': 'Adresse e-mail',
  'door.email_missing': 'Écrivez votre adresse e-mail.',
  'door.email_wrong': 'Cette adresse n’est pas complète. Exemple : claire@boulangerie-martin.fr.',
  'door.ask': 'Recevoir le lien',
  'door.sent_title': 'Regardez votre courrier',
  'door.sent_text': 'Si {email} a un compte, un lien vient de partir.',
  'door.sent_help': 'Il vaut 15 minutes et ne sert qu’une fois. Rien reçu ? Regardez les indésirables.',
  'door.other_address': 'Essayer une autre adresse',
  'door.enter_title': 'Bienvenue',
  'door.enter_text': 'Votre lien est prêt. Il sera utilisé quand vous entrerez.',
  'door.enter': 'Entrer',
  'door.used_title': 'Ce lien ne sert plus',
  'door.used_text': 'Un lien ne sert qu’une fois, pendant 15 minutes. Celui-ci a déjà servi, ou il est trop ancien.',
  'door.ask_again': 'Recevoir un nouveau lien',
};
