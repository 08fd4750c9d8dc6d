<?php
// PHP's clients against servers whose places are the first argument, as JSON.
$places = json_decode($argv[1], true);
function show(string $what, ...$values) { echo $what, ': ', json_encode($values, JSON_UNESCAPED_SLASHES), "\n"; }

foreach (['TCP' => ['127.0.0.1', $places['mariadb'], null], 'socket' => [null, 0, $places['mariadbSocket']]] as $by => $place) {
    [$host, $port, $socket] = $place;
    $connection = mysqli_connect($host, 'hostsock', 'secret', 'test', $port, $socket);
    show("mysqli by $by", $connection->host_info);
    $connection->query('CREATE TEMPORARY TABLE entries (number INT, bytes LONGBLOB)');
    $statement = $connection->prepare('INSERT INTO entries VALUES (?, ?)');
    $bytes = random_bytes(100000);
    for ($number = 0; $number < 20; $number++) {
        $statement->bind_param('is', $number, $bytes);
        $statement->execute();
    }
    $rows = $connection->query('SELECT * FROM entries ORDER BY number')->fetch_all();
    show('rows', count($rows), $rows[19][1] === $bytes);
    $connection->close();
}
$pdo = new PDO("mysql:host=127.0.0.1;port={$places['mariadb']};dbname=test", 'hostsock', 'secret');
show('PDO', $pdo->query('SELECT 6 * 7')->fetchColumn());

foreach (["tcp://localhost:{$places['redis']}", "unix://{$places['redisSocket']}"] as $place) {
    $redis = stream_socket_client($place, $code, $message, 5);
    $say = function (...$words) use ($redis) {
        fwrite($redis, '*' . count($words) . "\r\n");
        foreach ($words as $word) fwrite($redis, '$' . strlen($word) . "\r\n$word\r\n");
        $line = fgets($redis);
        if ($line[0] !== '$') return rtrim($line);
        if ($line[1] === '-') return null;
        $left = (int) substr($line, 1) + 2;
        $text = '';
        while ($left > strlen($text)) $text .= fread($redis, $left - strlen($text));
        return substr($text, 0, -2);
    };
    $value = random_bytes(500000);
    show('redis', $say('PING'), $say('SET', 'key', $value), $say('GET', 'key') === $value, $say('GET', 'nothing'));
}
show('file_get_contents', sha1(file_get_contents("http://localhost:{$places['nginx']}/large")) === $places['large']);
