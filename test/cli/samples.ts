/**
 * test/cli/samples.ts - one small set of routes in every form that the command line reads, in a folder of its own.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseRouteText } from '../../src/text/index.js';
import { encodeMessages, encodeRoute, encodeRouteSave, uapi } from '../../src/wire/index.js';

/** As `ip route show table all` writes it. */
const TEXT = `default via 192.0.2.1 dev eth0 proto dhcp metric 100
10.0.0.0/8 via 192.0.2.254 dev eth0 proto static
10.1.0.0/16 proto bgp
	nexthop via 192.0.2.2 dev eth0 weight 1
	nexthop via 192.0.2.3 dev eth1 weight 2
192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.10
blackhole 203.0.113.0/24
unreachable 203.0.114.0/24 metric 5
10.7.0.0/16 via 192.0.2.9 dev eth1 table 100
local 192.0.2.10 dev eth0 table local proto kernel scope host src 192.0.2.10
2001:db8::/32 dev eth0 proto kernel metric 256 pref medium
`;

/** As \`ip -j route\` writes a part of it. */
const JSON_TEXT = JSON.stringify([
  { dst: 'default', gateway: '192.0.2.1', dev: 'eth0', protocol: 'dhcp', metric: 100, flags: [] },
  { dst: '10.0.0.0/8', gateway: '192.0.2.254', dev: 'eth0', protocol: 'static', flags: [] },
  { type: 'blackhole', dst: '203.0.113.0/24', flags: [] },
]);

const INDEX: Record<string, number> = { eth0: 2, eth1: 3 };

/** The routes of TEXT as messages of a dump. */
function dumpMessages() {
  return parseRouteText(TEXT).map((route) => {
    const nexthops = route.nexthops.map(({ dev, ...hop }) => ({ ...hop, oif: INDEX[dev ?? ''] ?? 1 }));
    return {
      type: uapi.RTM_NEWROUTE,
      flags: uapi.NLM_F_MULTI,
      seq: 1,
      pid: 0,
      payload: encodeRoute({ ...route, nexthops }),
    };
  });
}

/** The files. */
interface Samples {
  readonly folder: string;
  readonly text: string;
  readonly json: string;
  readonly save: string;
  readonly gzip: string;
  readonly plain: string;
  /** Adds a file and gives its path. */
  write(name: string, content: string | Uint8Array): string;
  /** Takes the folder away. */
  remove(): void;
}

/** Writes the samples into a folder of their own. */
export function writeSamples(): Samples {
  const folder = mkdtempSync(join(tmpdir(), 'hoptrie-cli-'));
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  return {
    folder,
    write,
    text: write('routes.txt', TEXT),
    json: write('routes.json', JSON_TEXT),
    save: write('routes.save', encodeRouteSave(dumpMessages())),
    gzip: write('routes.save.gz', gzipSync(encodeRouteSave(dumpMessages()))),
    plain: write('routes.nl', encodeMessages(dumpMessages())),
    remove: (): void => rmSync(folder, { recursive: true }),
  };
}
