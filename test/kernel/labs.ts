/**
 * kernel/labs.ts - the situations of labs on the running kernel: built by a shell in network namespaces of their own, with
 * probes sent in them.
 *
 * `unshare` gives the shell a mount and a network namespace, so that names of `ip netns` are its own and all ends with it.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SITUATIONS, type Situation } from './situations.js';

const PROBE = fileURLToPath(new URL('../../test/kernel/probe.py', import.meta.url));
/** So many labs run side by side; most of their time they wait for answers that do not come. */
const SIDE_BY_SIDE = 6;

/** What a lab is wrapped in: quick neighbour discovery, no limits on errors, and time for carriers to be reported. */
const script = ({ lab, from }: Situation): string => `
mkdir -p /run/netns && mount -t tmpfs none /run/netns
set -e
${lab}
for name in $(ls /run/netns); do
  ip netns exec $name sh -c '
    sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.conf.all.disable_ipv6=1
    for each in /proc/sys/net/ipv4/neigh/*/retrans_time_ms; do echo 20 > $each; done'
done
sleep 0.3
exec ip netns exec ${from} python3 ${PROBE}
`;

/** What the sender of each packet hears on this kernel. @throws {Error} the lab cannot be built */
function hear(situation: Situation): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn('unshare', ['-mn', 'sh', '-c', script(situation)]);
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out.trim().split('\n'));
      else reject(new Error(`${situation.name}: ${err}`));
    });
    for (const [packet] of situation.packets) child.stdin.write(`${JSON.stringify(packet)}\n`);
    child.stdin.end();
  });
}

/** Runs all situations on the kernel; prints what it says otherwise than they do, and gives how many those are. */
export async function runLabs(): Promise<number> {
  if (process.getuid?.() !== 0) {
    console.log('the labs are left out: they want root');
    return 0;
  }
  let differing = 0;
  let packets = 0;
  const rest = [...SITUATIONS];
  const worker = async (): Promise<void> => {
    for (let situation = rest.shift(); situation !== undefined; situation = rest.shift()) {
      const answers = await hear(situation);
      situation.packets.forEach(([packet, , expected], i) => {
        packets++;
        if (answers[i] === expected) return;
        differing++;
        console.log(
          `${situation.name}\n  ${JSON.stringify(packet)}\n  => kernel: ${answers[i]}\n  => table: ${expected}`,
        );
      });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  console.log(`${SITUATIONS.length} labs, ${packets} packets: ${differing} end otherwise`);
  return differing;
}
