<?php
// WordPress for tests: addresses and data from the environment, SQLite instead of a database server.
define('WP_HOME', getenv('WP_URL'));
define('WP_SITEURL', getenv('WP_URL'));
$table_prefix = 'wp_';
foreach (['NAME', 'USER', 'PASSWORD', 'HOST'] as $name) {
    define("DB_$name", 'unused');
}
define('DB_DIR', getenv('WP_DATA'));
define('DB_FILE', 'wp.sqlite');
define('WP_ENVIRONMENT_TYPE', 'local'); // application passwords without HTTPS
define('DISABLE_WP_CRON', true);
define('WP_HTTP_BLOCK_EXTERNAL', true); // no pings, no update checks
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
