<?php
// For PHP's built-in server: uploads from the data folder, files as they are, the rest to WordPress.
$root = $_SERVER['DOCUMENT_ROOT'];
$path = rtrim(urldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)), '/');
$uploads = '/wp-content/uploads/';
if (str_starts_with($path, $uploads) && !str_contains($path, '..')) {
    $file = getenv('WP_DATA') . 'uploads/' . substr($path, strlen($uploads));
    if (is_file($file)) {
        header('Content-Type: ' . mime_content_type($file));
        readfile($file);
        return true;
    }
}
if ($path !== '' && (is_file($root . $path) || is_file("$root$path/index.php"))) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = '/index.php';
chdir($root);
require "$root/index.php";
