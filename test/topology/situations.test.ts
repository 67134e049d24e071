/**
 * topology/situations.test.ts - in all the labs of kernel/situations.ts packets end as they do on Linux.
 * `npm run test:kernel -- --labs` compares the same table with a kernel.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { Topology, type Packet, type Trace } from '../../src/index.js';
import { SITUATIONS, type Heard } from '../kernel/situations.js';

const UDP = { ipproto: 17, sport: 40000, dport: 33434, size: 60 } as const;

/** What the sender hears: of what was delivered, when the answer comes back. */
function heard(lab: Topology, from: string, packet: Packet, trace: Trace): Heard {
  const { outcome, netns, src, icmp, error } = trace;
  if (error !== undefined) return error as Heard;
  if (outcome === 'delivered') {
    const back = lab.trace(netns, { dst: src!, src: packet.dst, ipproto: 1 });
    return back.outcome === 'delivered' && back.netns === from ? 'delivered' : 'silence';
  }
  if (icmp?.arrives !== true) return 'silence';
  return `${icmp.type}/${icmp.code} ${icmp.from}${icmp.mtu === undefined ? '' : ` mtu ${icmp.mtu}`}`;
}

describe.each(SITUATIONS)('$name', ({ lab: text, from, packets }) => {
  const lab = Topology.lab(text);
  lab.advance(300);
  afterAll(() => {
    for (const name of lab.names()) lab.netns(name).check();
    lab.close();
  });

  test.each(packets)('%j: %s', (probe, outcome, expected) => {
    const packet = { ...UDP, ...probe };
    const trace = lab.trace(from, packet);
    expect([trace.outcome, heard(lab, from, packet, trace)]).toEqual([outcome, expected]);
  });
});
