/**
 * bench/internet.ts - what the Internet's IPv4 routing table looks like, as counts and rates; no prefix is copied.
 *
 * Measured on the table that the GitHub repository gaissmai/bart carries for its tests
 * (internal/tests/testdata/prefixes.txt.gz at commit c4b30e2e895b6e1083a5d3fd74d0bca88f62be1e, data of 2025-10-19;
 * MIT licence, Copyright (c) 2026 Karl Gaissmaier), by `node dist/bench/main.js fit prefixes.txt.gz`.
 * The words (level, size class, split bin) are explained in `classes.ts`, how they are used in `cascade.ts`.
 */
import { BINS, BOTTOM, CLASSES, TOP } from './classes.js';

/** The figures. Rows by level start at /8 (TOP) and end at /24 (BOTTOM). */
export interface Figures {
  /** Prefixes in the measured table. */
  readonly prefixes: number;
  /** Prefixes of each length 0..32. */
  readonly lengths: readonly number[];
  /** Prefixes up to /24 by the number of prefixes that cover them. */
  readonly depths: readonly number[];
  /** How many /8 have a prefix, and the 0, 5, 10 .. 100 % quantiles of their number of prefixes. */
  readonly slashEights: number;
  readonly perSlashEight: readonly number[];
  /** /24s that hold prefixes longer than /24. */
  readonly longBlocks: number;
  /** By level and depth (0, 1, 2, 3 and more): nodes that are prefixes. */
  readonly quota: readonly (readonly number[])[];
  /** By level and depth: prefixes at or below the nodes. */
  readonly mass: readonly (readonly number[])[];
  /** By level: prefixes of the fullest node. */
  readonly largest: readonly number[];
  /** By level: correlation of two halves in being a prefix. */
  readonly likeness: readonly number[];
  /** By level and size class 1..22: share of the nodes that are prefixes, three base-36 digits, zzz = 1. */
  readonly own: string;
  /** By level and size class 1..: permille of the nodes in each split bin, two base-36 digits a bin. */
  readonly split: string;
}

/** The measured table of 901,899 prefixes. */
export const INTERNET: Figures = {
  prefixes: 901899,
  lengths: [
    0, 0, 0, 0, 0, 0, 0, 0, 16, 13, 38, 103, 299, 581, 1203, 2100, 13490, 8235, 13798, 24870, 42611, 50750,
    108623, 96510, 537698, 20, 3, 11, 18, 17, 3, 3, 886,
  ],
  depths: [444683, 322772, 97199, 26151, 6514, 2336, 1241, 41, 1],
  slashEights: 220,
  perSlashEight: [
    1, 20, 326, 904, 1326, 1707, 1998, 2224, 2601, 2766, 3054, 3456, 3768, 4270, 4496, 5181, 6054, 6507, 7852,
    10262, 38498,
  ],
  longBlocks: 451,
  quota: [
    [16, 0, 0, 0],
    [9, 4, 0, 0],
    [38, 0, 0, 0],
    [99, 4, 0, 0],
    [268, 29, 2, 0],
    [485, 76, 19, 1],
    [1025, 149, 19, 10],
    [1636, 370, 68, 26],
    [10284, 2863, 308, 35],
    [4481, 2894, 695, 165],
    [6923, 4523, 1922, 430],
    [15055, 6785, 2072, 958],
    [19405, 16771, 4587, 1848],
    [23027, 18541, 6406, 2776],
    [59396, 32718, 12329, 4180],
    [41454, 40450, 10474, 4132],
    [261082, 196595, 58298, 21723],
  ],
  mass: [
    [900938, 0, 0, 0],
    [889139, 11783, 0, 0],
    [885847, 11999, 3063, 0],
    [867179, 30629, 3063, 0],
    [850584, 47115, 3069, 0],
    [833153, 60674, 6595, 47],
    [811453, 79695, 8070, 670],
    [781386, 103924, 11466, 1909],
    [752882, 124847, 16703, 2153],
    [652751, 187693, 38048, 4603],
    [618012, 200582, 47899, 8367],
    [582135, 212271, 53406, 13250],
    [520175, 238044, 61085, 16888],
    [466113, 242503, 63586, 21379],
    [421709, 233071, 65509, 22542],
    [316809, 234933, 59514, 22952],
    [261082, 196595, 58298, 21723],
  ],
  largest: [38498, 20360, 12285, 6820, 3412, 2264, 1136, 612, 341, 193, 127, 63, 31, 15, 7, 3, 1],
  likeness: [0, 0.45, 0.01, 0.06, 0.22, 0.28, 0.27, 0.31, 0.5, 0.54, 0.57, 0.54, 0.6, 0.55, 0.51, 0.55, 0],
  own: `
    tzz zzz --- zzz 000 i00 --- 000 i00 --- 000 777 600 000 4yr 000 0l9 000 000 000 --- ---
    i00 000 000 000 000 000 nzz 000 000 000 2ee 600 1c0 2ja 09t 000 000 000 000 --- --- ---
    l9t c00 eee 000 000 4i0 000 300 000 1i0 3w4 2aq 09t 0c0 0t4 1ec 000 000 --- --- --- ---
    nsa 2kl 5je 9ll 300 4i0 9h2 000 1y2 2qm 22d 2xk 0wi 0fq 0ch 0we 000 --- --- --- --- ---
    rx8 999 ddd 5na 4v5 4fs 4i0 3i8 4tp 58i 1ko 17j 0sn 0r2 0bo 000 --- --- --- --- --- ---
    ogj 9ko aqb 4ru 6te 3lm 4qy 3zk 500 2yp 1jk 0o8 0u5 0mc 000 zzz --- --- --- --- --- ---
    mom 4lb 7bl 2z0 4i0 3v5 40m 4td 225 39k 1gq 12w 0v0 0z8 i00 --- --- --- --- --- --- ---
    gin 1zp 7ne 39x 35t 3pz 2ei 2k2 38z 1r7 10x 11v 11q 000 --- --- --- --- --- --- --- zzz
    uwi bgv jd3 d02 b7b 8m1 84h 9tg 77y 5o8 3s2 3d3 3q2 --- --- --- --- --- --- --- 4i0 777
    kpz 3sa 900 41l 3ut 2sr 2y7 2nx 29b 1wc 1a5 700 --- --- --- --- --- --- --- --- 1fu cpe
    k70 3cv 73c 35i 3hb 36f 2sg 27q 1i7 1jo 4i0 --- --- --- --- --- --- --- --- --- 200 gss
    jfu 3fq 7wi 5ne 41b 3ce 2r1 25s 2ct 8mf --- --- --- --- --- --- --- --- --- --- 20u gx0
    kwk 3iv 60r 3bt 2l9 1uw 20x 6nh dxg --- --- --- --- --- --- --- --- --- --- --- 1bz hsp
    hot 228 4d2 1na 1pn 4u7 bvq --- --- --- --- --- --- --- --- --- --- --- --- --- 0vg cm6
    kkg 38r 55y --- lzh --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- 1bd ovn
    eh4 0v7 zzz --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- ---
    zzz --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- --- ---`,
  split: `
    rs00000000000000 - - rs00000000000000 00000000rs000000 rs00000000000000
    - 00000000rs000000 dw00dw0000000000 - 00rs000000000000 00005k5k5k00b400
    0099009999000000 004n6y2b2b2b9900 0y002v4s8m5r4s00 00000s1xbz6y6600 00001d3n7a877a00 00001n1n6jd34w00
    00000000dw00dw00 000000000000rs00 - - |

    rs00000000000000 rs00000000000000 rs00000000000000 000000rs00000000 000000dw000000dw ij00990000000000
    000000dw000000dw 0000rs0000000000 0000990099000099 0000ij0000990000 3p3p1v5k7f1v1v1v 00007y7y3z3z3z00
    254a5c129m253700 002d5v3x53694b00 00360n4u6j5w6q00 001e1x458j625s00 000000234v8cci00 0000005k00b4b400
    000000006y6ydw00 - - - |

    rs00000000000000 dw000000000000dw ij00000000000099 hd00003h0000006y dw00006y6y000000 bx003z003z7y0000
    b4005k5k5k000000 4n00bl2b4n2b002b 4n0099009900004n 376f4a252537254a 1l3z1l4r754r1l2e 003k2d8v6i3k2y00
    0f48364u7d522q00 051t33498d6b3v00 000y1v4j84765500 000a0a3i6r8n830a 000000256f4aey00 0000000000bxfv00
    - - - - |

    rs00000000000000 5k000000000000m8 8k000000000000j8 hv00005y0000003z 2b0000ij4n00002b 99006y2b4n2b002b
    99007q4n1k4n0000 3h00af164n4n003h 1h00544e3o541h6l 183o3o3z3z4l1u4w 1536425f6s4a2y00 0n3x3s5f5t413x09
    082v514q5q5n3c08 032p3j3m796e3y09 05120t377h6y7w0a 00000p1e4v7nd700 000000250000pn00 -
    - - - - |

    rs00000000000000 99000000000000ij eg000000000000dc 7v0000c20000007v 4w0000d32g00007d 53005h1y7g16006n
    30002n4w593e008n 2i002b2i4g5600av 23004s4s5e472e47 1q2424696z3n3c1m 0x2q4y5u6g3n3108 0b3j6d5k5r3a2r09
    0c343k4q6v4v420a 05133636676i7d07 000i0i2i6i70ai09 000v00000058ku0v - -
    - - - - |

    rs00000000000000 au000000000000gy ck000000000000f8 7g0000ap0000009m 3v00005k8r00009l 24002q2o5l1g00d9
    2w00354x6z4t0052 33004t6j693y0630 1k004s7k6g481k1o 1b2o455i5y4b2i1f 0p2j6e555c3v360o 0l4c4l55623w2q0i
    06222e3g6i745p0f 031g1c2v5h7r8t00 000e0e0t001mnr0t 000000000000rs00 - -
    - - - - |

    rs00000000000000 ab000000000000hh 68000000000000lk 2y000061000000it 3900005wap00007y 3j004b796914005c
    33004h864s420037 2j007w4o4i4f043o 14008u4w594h1h1s 1m2o684w5j3w260u 104w5b4h4p3y2j0y 0f3u323m635w4d0j
    01121w2l637a8k0b 000b0g0r1t48j612 000000000000rs00 - - -
    - - - - |

    rs00000000000000 49000000000000nj 8d000000000000jf 6f0000di0000007v 500000a45j000076 46007l2u4s13007c
    4n006r4y4n3q0033 3n007i4i4k4e0c2w 2p00843s5s421d21 274q4t4a463l1t28 1d3q3l405p533i0u 0t2s1z2j4x6v750r
    020f081e2h53h114 000000002s2sjg2s - - - -
    - - 00000000000000rs - |

    rs00000000000000 8y000000000000iu 9j000000000000i9 5u00008i000000dg 460000747j000090 3h004r3v6f1q007k
    2t003i5d6958004o 22004c474w58096v 1900504t6u561t2y 0n1x2w4a6k633d22 0b0z1p2l6k7r6a1n 03040a0p347de71y
    00000000003uk43u - - - - -
    - - 00000000000000rs 0000000000006yku |

    rs00000000000000 96000000000000im 9p000000000000i3 6400009b000000cd 4n0000728500007z 2r00433v5i1a00aa
    2n003k5u684p004t 1g004l4s635k0i4u 0w004u4n6z5m202u 0f15253g6i75432x 030a0k173n8ean31 000e00001k49afb7
    - - - - - -
    - - 0000000000001kq8 000000002ja452a4 |

    rs00000000000000 9n000000000000i5 8d000000000000jf 4p00008f000000en 4200007t8300007u 2y00544k5p1h0080
    21003s5t5v5n004n 0z004i47635z0g5n 0j0036376w7f2y3m 060i0q1n548x684k 0000090m14379hd5 -
    - - - - - -
    - - 00000000080j1hpl 000000001h4e6lfd |

    rs00000000000000 7o000000000000k4 8s000000000000j0 4x0000a9000000cm 3a00008687000084 1x004g3x6b1o009j
    0y002u4m6s6q005w 0d00252p728q0o65 0100070f41954v95 0000050e224y70d9 - -
    - - - - - -
    - - 000700020h0x1hoo 0000050a143x5bh1 |

    rs00000000000000 8u000000000000iy 7j000000000000k9 3k0000a6000000e2 1v000072ak00008a 0w0037447e2300a4
    010005114k9x00c3 0000000f3fah0pcs 000000000g2q26mg - - -
    - - - - - -
    - - 000002050y1k00p3 0000060d2m4700kh |

    rs00000000000000 76000000000000km 6h000000000000lb 330000ea000000af 0900002k7r0000h8 00000000834l00f3
    00000000005s00m0 - - - - -
    - - - - - -
    - - 00000h071q0000pe 0000001h2p0000nm |

    rs00000000000000 82000000000000jq 0w000000000000qw - 00000000000000rs -
    - - - - - -
    - - - - - -
    - - 0000000w000000qw 00000000000000rs |

    rs00000000000000 00000000000000rs - - - -
    - - - - - -
    - - - - - -
    - - - -`,
};

/** Share of the nodes of (level, class) that are prefixes, at [level * CLASSES + class]; -1 = never seen. */
export function ownShares(figures: Figures): Float64Array {
  const shares = new Float64Array((BOTTOM + 1) * CLASSES).fill(-1);
  const rows = figures.own.trim().split('\n');
  rows.forEach((row, i) => {
    const digits = row.trim().split(' ');
    digits.forEach((text, k) => {
      if (text !== '---') shares[(TOP + i) * CLASSES + k + 1] = parseInt(text, 36) / 46655;
    });
  });
  return shares;
}

/** Weights of the split bins of (level, class), at [(level * CLASSES + class) * BINS]; all 0 = never seen. */
export function splitWeights(figures: Figures): Uint16Array {
  const weights = new Uint16Array((BOTTOM + 1) * CLASSES * BINS);
  const rows = figures.split.split('|');
  rows.forEach((row, i) => {
    const classes = row.trim().split(/\s+/);
    classes.forEach((text, k) => {
      if (text === '-') return;
      const at = ((TOP + i) * CLASSES + k + 1) * BINS;
      for (let bin = 0; bin < BINS; bin++) weights[at + bin] = parseInt(text.slice(2 * bin, 2 * bin + 2), 36);
    });
  });
  return weights;
}
