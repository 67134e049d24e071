/**
 * model/oracle.ts - a FIB as one array of routes, scanned: slow and obviously right.
 *
 * Routes stand in the order in which a leaf lists them (FIB-26, FIB-27); insert and delete follow CFG-47..59 by words.
 */

/** A route as the oracle knows it; `key` names what makes two of them identical (CFG-49). */
export interface OracleRoute {
  readonly address: number;
  readonly length: number;
  readonly table: number;
  readonly tos: number;
  readonly metric: number;
  readonly type: string;
  readonly via: string;
}

export type Op = 'add' | 'append' | 'prepend' | 'replace' | 'change' | 'del';

const REJECTIONS: Readonly<Record<string, string>> = {
  blackhole: 'EINVAL',
  unreachable: 'EHOSTUNREACH',
  prohibit: 'EACCES',
};

/** True if a prefix of this length at this address covers dst. */
function covers(address: number, length: number, dst: number): boolean {
  return length === 0 || (address ^ dst) >>> (32 - length) === 0;
}

function isSameGroup(a: OracleRoute, b: OracleRoute): boolean {
  return (
    a.address === b.address &&
    a.length === b.length &&
    a.table === b.table &&
    a.tos === b.tos &&
    a.metric === b.metric
  );
}

function isIdentical(a: OracleRoute, b: OracleRoute): boolean {
  return isSameGroup(a, b) && a.type === b.type && a.via === b.via;
}

/** The naive FIB: merged local and main, no rules, no devices. */
export class Oracle {
  /** Groups keep their order of insertion; groups among themselves are ordered by the search. */
  readonly routes: OracleRoute[] = [];

  /** Performs an operation: 'ok' or the errno name. */
  do(op: Op, route: OracleRoute): string {
    if (op === 'del') return this.#delete(route);
    const group = this.routes.filter((r) => isSameGroup(r, route));
    const first = group[0];
    const identical = group.find((r) => isIdentical(r, route));
    if (first === undefined) {
      if (op === 'change') return 'ENOENT';
      this.routes.push(route);
      return 'ok';
    }
    if (op === 'add') return 'EEXIST';
    if (op === 'replace' || op === 'change') {
      if (identical !== undefined) return identical === first ? 'ok' : 'EEXIST';
      this.routes[this.routes.indexOf(first)] = route;
      return 'ok';
    }
    if (identical !== undefined) return 'EEXIST';
    const at = op === 'prepend' ? this.routes.indexOf(first) : this.routes.indexOf(group.at(-1)!) + 1;
    this.routes.splice(at, 0, route);
    return 'ok';
  }

  /** Deletes the first route of the prefix, table and tos by ascending metric whose type and gateway agree. */
  #delete(route: OracleRoute): string {
    const candidates = this.sorted().filter((r) => isSameGroup({ ...r, metric: 0 }, { ...route, metric: 0 }));
    const victim = candidates.find(
      (r) =>
        r.type === route.type && r.via === route.via && (route.metric === 0 || r.metric === route.metric),
    );
    if (victim === undefined) return 'ESRCH';
    this.routes.splice(this.routes.indexOf(victim), 1);
    return 'ok';
  }

  /** All routes in the order of FIB-69 and FIB-26; the sort is stable, so groups stay in order. */
  sorted(): OracleRoute[] {
    return [...this.routes].sort(
      (a, b) =>
        a.address - b.address ||
        b.length - a.length ||
        b.table - a.table ||
        b.tos - a.tos ||
        a.metric - b.metric,
    );
  }

  /** The route that answers in a set of tables searched as one, or the errno name, or undefined for no match. */
  search(dst: number, tos: number, tables: readonly number[]): OracleRoute | undefined {
    let best: OracleRoute | undefined;
    for (const r of this.sorted()) {
      if (!tables.includes(r.table) || !covers(r.address, r.length, dst) || (r.tos !== 0 && r.tos !== tos))
        continue;
      if (best === undefined || r.length > best.length) best = r;
    }
    return best;
  }

  /** As the rules of a fresh namespace say: local and main as one, then default (FIB-10, FIB-11). */
  lookup(dst: number, tos = 0): { route: OracleRoute } | { errno: string } {
    for (const tables of [[255, 254], [253]]) {
      const route = this.search(dst, tos, tables);
      if (route === undefined || route.type === 'throw') continue;
      const errno = REJECTIONS[route.type];
      return errno === undefined ? { route } : { errno };
    }
    return { errno: 'ENETUNREACH' };
  }
}
