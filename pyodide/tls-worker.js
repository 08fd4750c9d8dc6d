'use strict';

// The worker of tls.js: TLS between a connection and one end of a pair of sockets.

const net = require('node:net');
const tls = require('node:tls');
const { parentPort } = require('node:worker_threads');

/** Streams by connection, until both are closed. */
const connections = new Map();

parentPort.on('message', ({ id, ...request }) => {
  if (request.port !== undefined) return begin(id, request);
  if (request.abandon) connections.get(id)?.destroy();
  // All is flushed already.
  else if (!connections.has(id)) parentPort.postMessage(id);
});

function begin(id, { connection, plain, options, signal, port }) {
  const answer = (message) => {
    port.postMessage(message);
    port.close();
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  };
  const socket = new net.Socket({ fd: connection, allowHalfOpen: true });
  const text = new net.Socket({ fd: plain, allowHalfOpen: true });
  let secured = false;
  let secure;

  const failed = (error) => {
    if (secured) return;
    secured = true;
    const { code, message, reason } = error;
    answer({ error: { code, message, reason, untrusted: isUntrusted(error, secure) } });
    end();
  };
  const end = () => {
    socket.destroy();
    text.destroy();
  };
  connections.set(id, { destroy: end });
  socket.on('close', () => {
    failed(new Error('EOF occurred in violation of protocol'));
    text.end();
    connections.delete(id);
    parentPort.postMessage(id);
  });
  socket.on('error', failed);

  const established = (stream) => {
    secured = true;
    carry(stream, text);
    answer({
      version: stream.getProtocol(),
      cipher: stream.getCipher(),
      alpn: stream.alpnProtocol || null,
      certificate: describe(stream),
    });
  };
  try {
    secure = options.server ? serve(socket, options, established, failed) : dial(socket, options, established);
    secure?.on('error', failed);
  } catch (error) {
    failed(error);
  }
}

/** What both sides have in common. */
function contextOf({ ca, defaults, cert, key, passphrase, ciphers, curve, dh, options, min, max, partial }) {
  return {
    ca: defaults ? [...tls.rootCertificates, ...ca] : ca,
    ...(cert && { cert, key: key ?? cert, passphrase }),
    ...(ciphers && { ciphers }),
    ...(curve && { ecdhCurve: curve }),
    ...(dh && { dhparam: dh }),
    ...(min && { minVersion: min }),
    ...(max && { maxVersion: max }),
    ...(partial && { allowPartialTrustChain: true }),
    secureOptions: options,
  };
}

function dial(socket, options, established) {
  const { host, verify, checkHost, commonName, alpn } = options;
  const stream = tls.connect({
    ...contextOf(options),
    socket,
    // An address is no name for SNI.
    ...(host && net.isIP(host) === 0 ? { servername: host } : {}),
    ...(alpn && { ALPNProtocols: alpn }),
    rejectUnauthorized: verify > 0,
    checkServerIdentity: (_, certificate) => {
      if (!checkHost) return undefined;
      if (!commonName && !certificate.subjectaltname) {
        return Object.assign(new Error(`Hostname mismatch, certificate is not valid for '${host}'.`), {
          code: 'ERR_TLS_CERT_ALTNAME_INVALID',
        });
      }
      return tls.checkServerIdentity(host, certificate);
    },
  });
  stream.once('secureConnect', () => established(stream));
  return stream;
}

function serve(socket, options, established, failed) {
  const { verify, alpn } = options;
  const server = tls.createServer({
    ...contextOf(options),
    ...(alpn && { ALPNProtocols: alpn }),
    allowHalfOpen: true,
    requestCert: verify > 0,
    rejectUnauthorized: verify === 2,
  });
  server.once('secureConnection', (stream) => {
    stream.on('error', () => socket.destroy());
    established(stream);
  });
  server.once('tlsClientError', failed);
  server.emit('connection', socket);
  return undefined;
}

/** Both directions, each with its own end. */
function carry(stream, text) {
  stream.pipe(text);
  text.pipe(stream);
  stream.on('error', () => text.destroy());
  text.on('error', () => text.destroy());
  text.on('close', () => {
    // The program is gone: what it has sent still leaves.
    if (stream.writableFinished) stream.destroy();
    else stream.end(() => stream.destroy());
  });
}

function isUntrusted(error, secure) {
  return Boolean(secure?.authorizationError) || error.code === 'ERR_TLS_CERT_ALTNAME_INVALID';
}

/** The peer's certificate and those behind it, as ssl.py writes them. */
function describe(stream) {
  const certificate = stream.getPeerCertificate(true);
  if (!certificate?.raw) return null;
  const chain = [];
  for (let it = certificate; it?.raw && !chain.includes(it); it = it.issuerCertificate) chain.push(it);
  const { subject, issuer, subjectaltname, valid_from, valid_to, serialNumber } = certificate;
  return {
    ...{ subject, issuer, subjectaltname, valid_from, valid_to, serialNumber },
    chain: chain.map((it) => it.raw.toString('base64')),
  };
}
