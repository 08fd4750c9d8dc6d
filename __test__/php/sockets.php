<?php
// What PHP's sockets do, printed as JSON.
function show(string $what, ...$values) { echo $what, ': ', json_encode($values, JSON_UNESCAPED_SLASHES), "\n"; }
function timed(float $least, callable $call) {
    $began = microtime(true);
    $result = $call();
    $took = microtime(true) - $began;
    // The clock is coarse.
    return [$result, $took >= $least - 0.01 && $took < $least + 5 ? 'in time' : "after $took"];
}

foreach (['tcp://127.0.0.1', 'tcp://[::1]'] as $host) {
    $server = stream_socket_server("$host:0", $code, $message);
    $place = 'tcp://' . stream_socket_get_name($server, false);
    show($host, $code, $message, str_starts_with($place, $host));
    $client = stream_socket_client($place, $code, $message, 5);
    $peer = stream_socket_accept($server, 5);
    show('names agree', stream_socket_get_name($client, false) === stream_socket_get_name($peer, true));
    fwrite($client, "first\nsecond\n");
    show('lines', fgets($peer), fgets($peer));
    fwrite($peer, 'an answer');
    show('peek', stream_socket_recvfrom($client, 2, STREAM_PEEK), fread($client, 100));
    stream_set_timeout($client, 0, 200000);
    show('time-out', timed(0.2, fn() => fread($client, 10)), stream_get_meta_data($client)['timed_out']);
    stream_set_blocking($client, false);
    show('not blocking', fread($client, 10));
    stream_set_blocking($client, true);

    $select = function ($read, $write, $microseconds) {
        $except = null;
        $count = stream_select($read, $write, $except, 0, $microseconds);
        return [$count, array_keys($read ?? []), array_keys($write ?? [])];
    };
    show('select, nothing', timed(0.3, fn() => $select(['client' => $client, 'peer' => $peer], null, 300000)));
    fwrite($client, 'x');
    show('select, one', timed(0, fn() => $select(['client' => $client, 'peer' => $peer], ['client' => $client], 4000000)));
    fread($peer, 1);

    $bytes = random_bytes(200000);
    fwrite($client, $bytes);
    $got = '';
    while (strlen($got) < strlen($bytes)) $got .= fread($peer, 65536);
    show('200 000 bytes', $got === $bytes);
    fclose($peer);
    show('end', fread($client, 10), feof($client));
    $another = @stream_socket_server($place === '' ? '' : $place, $code, $message);
    show('the same port', $another, $message);
    fclose($server);
    show('refused', @stream_socket_client($place, $code, $message, 5), $message);
}

$server = stream_socket_server('udp://127.0.0.1:0', $code, $message, STREAM_SERVER_BIND);
$client = stream_socket_client('udp://' . stream_socket_get_name($server, false));
fwrite($client, 'a datagram');
show('udp', stream_socket_recvfrom($server, 100, 0, $from), $from === stream_socket_get_name($client, false));
stream_socket_sendto($server, 'back', 0, $from);
show('udp, back', fread($client, 100));

$path = $argv[1];
$server = stream_socket_server("unix://$path", $code, $message);
$client = stream_socket_client("unix://$path", $code, $message, 5);
$peer = stream_socket_accept($server, 5);
fwrite($client, 'over unix');
show('unix', $message, fread($peer, 100), stream_socket_get_name($client, true) === $path);

show('names', gethostbyname('localhost'), @fsockopen('no-such-name.invalid', 80, $code, $message, 1));
// Where setsockopt ends inside the module.
if (($argv[2] ?? '') === 'without options') return;
$context = stream_context_create(['socket' => ['tcp_nodelay' => true, 'so_reuseport' => true, 'backlog' => 5]]);
$one = stream_socket_server('tcp://127.0.0.1:0', $code, $message, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, $context);
$two = stream_socket_server('tcp://' . stream_socket_get_name($one, false), $code, $message, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN, $context);
show('so_reuseport', $message, stream_socket_get_name($one, false) === stream_socket_get_name($two, false));
