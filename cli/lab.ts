/**
 * cli/lab.ts - `hoptrie lab`: builds a lab from its file and follows a packet through it.
 */
import { readFileSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { Topology, type Hop, type Packet, type Trace } from 'hoptrie';
import { STATUS_REFUSED, asFailure, usage } from './failure.js';
import { jsonOption, readAddress, whole } from './options.js';
import { columns, print, printJson, style } from './print.js';

interface LabOptions extends Omit<Packet, 'dst' | 'ipproto' | 'uid' | 'oif'> {
  readonly proto?: number;
  readonly json?: true;
}

/** The lab of a file; `-` is the standard input. */
function openLab(file: string): Topology {
  try {
    return Topology.lab(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    throw asFailure(error, file);
  }
}

function follow(file: string, _: string, from: string, dst: string, options: LabOptions): void {
  const { json, proto, ...rest } = options;
  readAddress(dst);
  if (typeof rest.src === 'string') readAddress(rest.src);
  using lab = openLab(file);
  if (!lab.names().includes(from)) {
    throw usage(`there is no namespace ${from} in ${file}`, `it has ${lab.names().join(', ') || 'none'}`);
  }
  const trace = lab.trace(from, { ...rest, dst, ...(proto !== undefined && { ipproto: proto }) });
  if (json) printJson(trace);
  else print(traceText(trace));
  if (trace.outcome !== 'delivered') process.exitCode = STATUS_REFUSED;
}

/** A trace for people: a row for each hop, then how it ended. */
function traceText(trace: Trace): string {
  const { hops, outcome, why, loop, icmp, error } = trace;
  const head = ['', 'netns', 'in', 'ttl', '', 'route', 'via', 'out', 'mtu'];
  const lines = [columns([head, ...hops.map(row)]), '', `${style('bold', outcome)}: ${why}`];
  if (loop !== undefined) lines.push(`in circles: ${[...loop, loop[0]!].join(' -> ')}`);
  if (error !== undefined) lines.push(`the sender is told ${error}`);
  if (icmp !== undefined) {
    const mtu = icmp.mtu === undefined ? '' : `, mtu ${icmp.mtu}`;
    const way = icmp.arrives ? '' : ', which does not find its way back';
    lines.push(`ICMP ${icmp.type}/${icmp.code} from ${icmp.from} (${icmp.netns})${mtu}${way}`);
  }
  return lines.join('\n');
}

function row(hop: Hop, i: number): string[] {
  const { netns, iif = '', ttl, action, prefix, table, via = '', dev = '', mtu } = hop;
  const notes = [hop.isFragmented && 'in fragments', hop.redirect && `better by ${hop.redirect}`];
  const route = prefix === undefined ? '' : table === 254 ? prefix : `${prefix} table ${table}`;
  const size = [mtu === undefined ? '' : String(mtu), ...notes.filter(Boolean)].join(' ');
  return [String(i + 1), netns, iif, String(ttl), action, route, via, dev, size];
}

/** Adds the verb to the program. */
export function addLab(program: Command): void {
  program
    .command('lab')
    .summary('where a packet goes in a lab of namespaces')
    .description(
      'Builds a lab from a list of `ip netns` and `ip` commands and follows a packet through it, hop by hop. Exit status 1 when it is not delivered.',
    )
    .argument('<file>', 'the lab; - is stdin')
    .addArgument(new Argument('<what>', 'what to do').choices(['trace']))
    .argument('<from>', 'namespace that sends the packet')
    .argument('<dst>', 'IPv4 address it goes to')
    .option('--src <address>', 'source address; default: what the route says')
    .option('--ttl <ttl>', 'time to live; default 64', whole(1, 255))
    .option('--size <bytes>', 'bytes of the packet; default 84', whole(20, 65535))
    .option('--df', 'it must not be cut into fragments')
    .option('--tos <tos>', 'the dsfield byte', whole(0, 255))
    .option('--mark <mark>', 'firewall mark', whole(0, 0xffffffff))
    .option('--proto <number>', 'protocol: 1 ICMP, 6 TCP, 17 UDP', whole(0, 255))
    .option('--sport <port>', 'source port', whole(0, 65535))
    .option('--dport <port>', 'destination port', whole(0, 65535))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  hoptrie lab fabric.lab trace h1 10.2.0.1
  hoptrie lab fabric.lab trace h1 10.2.0.1 --proto 17 --sport 20000 --dport 5000 --json
  hoptrie lab fabric.lab trace h1 10.2.0.1 --size 1500 --df --ttl 2`,
    )
    .action(follow);
}
