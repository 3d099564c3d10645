<?php
// Creates a user: php user.php <name> <role>; prints an application password of that user.
$_SERVER['HTTP_HOST'] = '127.0.0.1';
function wp_mail() { return true; }
require getenv('WP_ROOT') . '/wp-load.php';
[, $name, $role] = $argv;
$id = wp_insert_user([
    'user_login' => $name,
    'user_pass' => wp_generate_password(24),
    'user_email' => "$name@example.test",
    'role' => $role,
]);
if (is_wp_error($id)) {
    fwrite(STDERR, $id->get_error_message() . "\n");
    exit(1);
}
echo WP_Application_Passwords::create_new_application_password($id, ['name' => 'relais'])[0];
