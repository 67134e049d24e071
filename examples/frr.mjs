// examples/frr.mjs - two routers speak BGP, and hoptrie, which FRR takes for a forwarding plane, answers lookups meanwhile.
//
//   namespace far          namespace near                       this one
//   bgpd, AS 65001  ----   bgpd, AS 65000 -> zebra  -- FPM -->  follow(ns, feed.fpm({ listen }))
//   10.80.0.2              10.80.0.1         10.255.80.2        10.255.80.1
//
// usage: sudo node examples/frr.mjs        (Linux, iproute2, FRR as Debian packs it; docs/FRR.md tells the rest)
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Netns } from 'hoptrie';
import { feed, follow } from 'hoptrie/feed';

const NETWORKS = 1000;
const NEAR = `hoptrie-near-${process.pid}`;
const FAR = `hoptrie-far-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'hoptrie-frr-'));
/** @type {import('node:child_process').ChildProcess[]} */
const children = [];

const run = (/** @type {string} */ command) => execFileSync('sh', ['-ec', command], { encoding: 'utf8' });
const network = (/** @type {number} */ i) => `20.${i >> 8}.${i & 255}.0/24`;

/** Two namespaces: a wire between them, and one from the near one to us. */
function wire() {
  run(`
    ip netns add ${NEAR}; ip netns add ${FAR}
    ip -n ${NEAR} link set lo up; ip -n ${FAR} link set lo up
    ip -n ${NEAR} link add v0 type veth peer name v0 netns ${FAR}
    ip -n ${NEAR} addr add 10.80.0.1/24 dev v0; ip -n ${NEAR} link set v0 up
    ip -n ${FAR} addr add 10.80.0.2/24 dev v0; ip -n ${FAR} link set v0 up
    ip link add hopfrr type veth peer name up0 netns ${NEAR}
    ip addr add 10.255.80.1/24 dev hopfrr; ip link set hopfrr up
    ip -n ${NEAR} addr add 10.255.80.2/24 dev up0; ip -n ${NEAR} link set up0 up`);
}

/**
 * Starts a daemon of FRR in a namespace.
 * @param {string} space  @param {string} name  @param {string} configuration  @param {string[]} options
 */
async function daemon(space, name, configuration, ...options) {
  const file = join(folder, `${space}-${name}.conf`);
  writeFileSync(file, configuration, { mode: 0o644 });
  mkdirSync(`/var/run/frr/${space}`, { recursive: true });
  mkdirSync(`/etc/frr/${space}`, { recursive: true });
  writeFileSync(`/etc/frr/${space}/vtysh.conf`, '');
  run(`chmod 755 ${folder}; chown frr:frr /var/run/frr/${space}`);
  const args = [
    'netns',
    'exec',
    space,
    `/usr/lib/frr/${name}`,
    '-N',
    space,
    '-f',
    file,
    '-P',
    '0',
    ...options,
  ];
  children.push(spawn('ip', args, { stdio: 'ignore' }));
  while (!existsSync(`/var/run/frr/${space}/${name}.vty`)) await sleep(50);
}

/** Changes what the far router announces. @param {boolean} isAnnounced  @param {number} from  @param {number} to */
function announce(isAnnounced, from, to) {
  const lines = ['router bgp 65001', 'address-family ipv4 unicast'];
  for (let i = from; i < to; i++) lines.push(`${isAnnounced ? '' : 'no '}network ${network(i)}`);
  writeFileSync(join(folder, 'batch'), `${lines.join('\n')}\n`);
  execFileSync('vtysh', ['-N', FAR, '-f', join(folder, 'batch')], { stdio: 'ignore' });
}

const ns = Netns.create();
const answer = (/** @type {string} */ address) => ns.tryLookup(address)?.via ?? 'no route';

/** @param {() => boolean} isSo  @param {string} what */
async function until(isSo, what) {
  for (let i = 0; i < 600 && !isSo(); i++) await sleep(100);
  if (!isSo()) throw new Error(`not so after a minute: ${what}`);
  console.log(`${what}: ${ns.stats().routes} routes, 20.0.5.1 goes ${answer('20.0.5.1')}`);
}

try {
  wire();

  // 1. hoptrie listens. FPM knows no peers, so say where: without a host only this machine could connect.
  const following = follow(ns, feed.fpm({ listen: '10.255.80.1:2620' }), {
    onEvent: ({ type, ...rest }) => type === 'resync' && console.log('resync', rest),
  });

  // 2. zebra connects to it, and bgpd to its neighbour.
  await daemon(NEAR, 'zebra', 'fpm address 10.255.80.1\n', '-M', 'dplane_fpm_nl');
  /** @param {number} as  @param {number} me  @param {number} you  @param {number} other */
  const bgp = (as, me, you, other) =>
    `router bgp ${as}\n bgp router-id 10.80.0.${me}\n no bgp ebgp-requires-policy\n no bgp network import-check\n` +
    ` neighbor 10.80.0.${you} remote-as ${other}\n neighbor 10.80.0.${you} timers connect 1\n`;
  await daemon(FAR, 'bgpd', bgp(65001, 2, 1, 65000), '-Z');
  await daemon(NEAR, 'bgpd', bgp(65000, 1, 2, 65001));

  // 3. Routes come, go and come again; the Netns answers all the while.
  let lookups = 0;
  const asking = setInterval(() => {
    for (let i = 0; i < 1000; i++, lookups++) ns.lookupId((20 << 24) | (i << 8) | 1);
  }, 10);
  announce(true, 0, NETWORKS);
  await until(() => answer('20.0.5.1') === '10.80.0.2' && ns.stats().routes >= NETWORKS, 'announced');
  announce(false, 0, 10);
  await until(() => answer('20.0.5.1') === 'no route', 'ten withdrawn');
  announce(true, 0, 10);
  await until(() => answer('20.0.5.1') === '10.80.0.2', 'back again');
  clearInterval(asking);

  // 4. The same table as the kernel behind zebra, and the reverse question.
  const kernel = run(`ip -n ${NEAR} route show proto bgp`).trim().split('\n').length;
  console.log(`kernel: ${kernel} routes of bgp; through 10.80.0.2: ${ns.gateway.routes('10.80.0.2').length}`);
  console.log(`${lookups} lookups meanwhile; lag ${following.stats.lagMs} ms`);
  await following.close();
} finally {
  for (const child of children.reverse()) child.kill('SIGKILL'); // zebra sometimes waits for itself for ever
  for (const child of children) if ((child.exitCode ?? child.signalCode) === null) await once(child, 'exit');
  for (const space of [NEAR, FAR]) {
    try {
      run(`ip netns del ${space}`);
    } catch {
      // it was not made
    }
    for (const path of [`/var/run/frr/${space}`, `/etc/frr/${space}`])
      rmSync(path, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
  ns.close();
}
