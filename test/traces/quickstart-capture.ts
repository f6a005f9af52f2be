/**
 * The story of traces/quickstart/capture.pcap: forty seconds of a shop before its policies were written. Everything in
 * it worked at the time; the policies beside it are what the replay holds against it.
 */
import { CaptureWriter, type Exchange } from './capture-writer.ts';

const WEB = '10.42.1.10';
const API = '10.42.1.20';
const CACHE = '10.42.1.31';
const DEBUG = '10.42.1.66';
const DATABASE = '10.42.2.30';
const GATEWAY = '10.42.2.40';
const PROMETHEUS = '10.42.2.50';
const DNS_SERVICE = '10.96.0.10';
const API_SERVICE = '10.96.0.21';
const CACHE_SERVICE = '10.96.0.23';
const GATEWAY_SERVICE = '10.96.0.40';
const NODE_A = '192.168.10.11';
const NODE_B = '192.168.10.12';
const BANK = '203.0.113.10';
const ELSEWHERE = '198.51.100.77';
const CLIENTS = ['198.51.100.23', '198.51.100.140', '203.0.113.200'];

const SECOND = 1_000_000;

/** The capture's bytes; the same in every run. */
export function quickstartCapture(): Buffer {
  const capture = new CaptureWriter(1_770_000_000, 42);
  let port = 40_000;
  const ephemeral = (): number => {
    port += 1;
    return port;
  };

  for (let index = 0; index < 24; index += 1) {
    const at = Math.round(1.5 * index * SECOND) + capture.draw(400_000);
    shopping(capture, at, index, ephemeral);
  }
  for (let index = 0; index < 4; index += 1) scrape(capture, (3 + 10 * index) * SECOND, ephemeral);
  for (let index = 0; index < 8; index += 1) probes(capture, (1 + 5 * index) * SECOND, ephemeral);

  // What the policies are there to stop.
  capture.tcp(9.3 * SECOND, WEB, ephemeral(), DATABASE, 5432, [query('SELECT count(*) FROM carts')]);
  capture.ping(12.1 * SECOND, DEBUG, DATABASE, 66, 3);
  capture.tcp(16.2 * SECOND, DEBUG, ephemeral(), DATABASE, 5432, [query('SELECT * FROM customers', 5200)]);
  capture.refused(17.4 * SECOND, DEBUG, ephemeral(), CACHE, 22);
  capture.unanswered(18 * SECOND, DEBUG, ephemeral(), GATEWAY, 22, 4);
  capture.tcp(29.7 * SECOND, GATEWAY, ephemeral(), ELSEWHERE, 443, [opaque(380, 900), opaque(7300, 120)]);

  capture.arp(0.2 * SECOND, WEB, NODE_A);
  capture.arp(8 * SECOND, API, NODE_A);
  capture.arp(21 * SECOND, DATABASE, NODE_B);
  return capture.bytes();
}

/** A visitor loads a page: web asks api, api asks cache and database, every fourth visitor pays. */
function shopping(capture: CaptureWriter, at: number, index: number, ephemeral: () => number): void {
  const client = CLIENTS[index % CLIENTS.length]!;
  capture.tcp(at, client, ephemeral(), WEB, 8080, [
    http(`GET /cart/${index}`, 2600),
    http('GET /style.css', 900),
  ]);
  if (index % 2 === 0) resolve(capture, at + 4000, WEB, ephemeral(), 'api.shop.svc.cluster.local', index);
  capture.tcp(at + 6000, WEB, ephemeral(), API_SERVICE, 80, [http(`GET /v1/carts/${index}`, 1700)]);
  const key = Buffer.from(`*2\r\n$3\r\nGET\r\n$7\r\ncart:${String(index).padStart(2, '0')}\r\n`);
  capture.tcp(at + 9000, API, ephemeral(), CACHE_SERVICE, 6379, [[key, Buffer.from('$-1\r\n')]]);
  if (index % 3 === 0) {
    resolve(capture, at + 11_000, API, ephemeral(), 'db.shop.svc.cluster.local', 100 + index);
    const rows = query(`SELECT * FROM carts WHERE id = ${index}`, 1100);
    capture.tcp(at + 13_000, API, ephemeral(), DATABASE, 5432, [rows, query('COMMIT')]);
  }
  if (index % 4 === 0) {
    capture.tcp(at + 60_000, API, ephemeral(), GATEWAY_SERVICE, 443, [opaque(420, 1600), opaque(600, 240)]);
    resolve(capture, at + 80_000, GATEWAY, ephemeral(), 'pay.bank.example', 200 + index);
    capture.tcp(at + 90_000, GATEWAY, ephemeral(), BANK, 443, [opaque(410, 3100), opaque(900, 300)]);
  }
}

/** Prometheus asks every pod for its metrics; the cache has no exporter, so that one is refused. */
function scrape(capture: CaptureWriter, at: number, ephemeral: () => number): void {
  capture.tcp(at, PROMETHEUS, ephemeral(), WEB, 9090, [http('GET /metrics', 3800)]);
  capture.tcp(at + 100_000, PROMETHEUS, ephemeral(), API, 9091, [http('GET /metrics', 4100)]);
  capture.tcp(at + 200_000, PROMETHEUS, ephemeral(), DATABASE, 9187, [http('GET /metrics', 3000)]);
  capture.refused(at + 300_000, PROMETHEUS, ephemeral(), CACHE, 9121);
}

/** The kubelet of each node looks after its own pods. */
function probes(capture: CaptureWriter, at: number, ephemeral: () => number): void {
  capture.tcp(at, NODE_A, ephemeral(), WEB, 8080, [http('GET /healthz', 20)]);
  capture.tcp(at + 1000, NODE_A, ephemeral(), API, 8080, [http('GET /healthz', 20)]);
  capture.tcp(at + 2000, NODE_B, ephemeral(), DATABASE, 5432, []);
}

function http(request: string, responseBytes: number): Exchange {
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${responseBytes}\r\n\r\n`;
  return [
    Buffer.from(`${request} HTTP/1.1\r\nHost: shop.example\r\n\r\n`),
    Buffer.from(head + '.'.repeat(responseBytes)),
  ];
}

function query(text: string, responseBytes = 40): Exchange {
  const frame = (letter: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(letter), length, body]);
  };
  return [frame('Q', Buffer.from(`${text}\0`)), frame('D', Buffer.alloc(responseBytes, 0x2e))];
}

/** TLS application data: a header and bytes that say nothing. */
function opaque(requestBytes: number, responseBytes: number): Exchange {
  const record = (length: number): Buffer =>
    Buffer.concat([Buffer.from([0x17, 3, 3, length >> 8, length & 0xff]), Buffer.alloc(length, 0xa5)]);
  return [record(requestBytes), record(responseBytes)];
}

function resolve(
  capture: CaptureWriter,
  at: number,
  source: string,
  sourcePort: number,
  name: string,
  id: number,
): void {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const question = Buffer.concat([...labels, Buffer.from([0, 0, 1, 0, 1])]);
  const header = (flags: number, answers: number): Buffer =>
    Buffer.from([id >> 8, id & 0xff, flags, flags === 1 ? 0 : 0x80, 0, 1, 0, answers, 0, 0, 0, 0]);
  const answer = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 10, 96, 0, 21]);
  capture.udp(at, source, sourcePort, DNS_SERVICE, 53, [
    Buffer.concat([header(1, 0), question]),
    Buffer.concat([header(0x81, 1), question, answer]),
  ]);
}
