<?php
// Installs the site on its first run; prints a new application password of the administrator.
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1';
function wp_mail() { return true; }
require getenv('WP_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
if (!is_blog_installed()) {
    wp_install('Test', 'admin', 'admin@example.test', true, '', 'password');
}
$GLOBALS['wp_rewrite']->set_permalink_structure('/%postname%/');
flush_rewrite_rules();
update_option('ping_sites', '');
update_option('upload_path', getenv('WP_DATA') . 'uploads'); // not into the shared files
echo WP_Application_Passwords::create_new_application_password(1, ['name' => uniqid('relais')])[0];
