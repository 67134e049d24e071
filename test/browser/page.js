// page.js - what both pages do: a few routes, a few questions, and the answers written into the document.
import { FibError, Netns } from 'hoptrie';

const ns = Netns.create();
ns.link.add({ name: 'eth0', up: true });
ns.address.add('192.0.2.10/24', { dev: 'eth0' });
ns.route.add('10.0.0.0/8', { via: '192.0.2.1' });
ns.route.add('10.1.0.0/16', { via: '192.0.2.2' });
ns.route.add('198.51.100.0/24', { type: 'blackhole' });

/** The gateway, or the name of the error. @param {string} dst */
function ask(dst) {
  try {
    return ns.lookup(dst).via;
  } catch (e) {
    return e instanceof FibError ? e.code : String(e);
  }
}

const answers = Object.fromEntries(
  ['10.9.9.9', '10.1.2.3', '198.51.100.1', '203.0.113.9', 'no address'].map((dst) => [dst, ask(dst)]),
);
ns.close();

const out = document.createElement('pre');
out.id = 'answers';
out.textContent = JSON.stringify(answers);
document.body.append(out);
