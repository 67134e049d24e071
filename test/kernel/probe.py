"""probe.py - sends UDP datagrams and says what the sender hears of each, a line of words for a line of JSON.

stdin: {"dst": "10.0.0.1", "src": .., "ttl": .., "size": .., "df": .., "tos": .., "mark": .., "sport": .., "dport": ..}
stdout: "delivered", "TYPE/CODE FROM [mtu N]" of an ICMP error, the name of an errno, or "silence"

`size` is that of the IP packet. Ports are closed: ICMP "port unreachable" from the destination says that it came there.
"""
import errno
import json
import select
import socket
import struct
import sys

IP_MTU_DISCOVER, PMTUDISC_DONT, PMTUDISC_PROBE = 10, 0, 3
IP_RECVERR = 11
MSG_ERRQUEUE = 0x2000
ORIGIN_ICMP = 2
HEADERS = 28
WAIT = 1.0


def heard(dst, src='0.0.0.0', ttl=64, size=60, df=False, tos=0, mark=0, sport=0, dport=33434):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE if df else PMTUDISC_DONT)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
        if mark:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
        s.bind((src, sport))
        try:
            s.sendto(b'x' * (size - HEADERS), (dst, dport))
        except OSError as e:
            return errno.errorcode[e.errno]
        return answer(s)


def answer(s):
    poll = select.poll()
    poll.register(s, select.POLLERR)
    if not poll.poll(WAIT * 1000):
        return 'silence'
    for level, kind, data in s.recvmsg(2048, 512, MSG_ERRQUEUE)[1]:
        if (level, kind) != (socket.IPPROTO_IP, IP_RECVERR):
            continue
        number, origin, icmp_type, code, _, info, _ = struct.unpack('IBBBBII', data[:16])
        if origin != ORIGIN_ICMP:
            return errno.errorcode[number]
        if (icmp_type, code) == (3, 3):
            return 'delivered'
        mtu = f' mtu {info}' if (icmp_type, code) == (3, 4) else ''
        return f'{icmp_type}/{code} {socket.inet_ntoa(data[20:24])}{mtu}'
    return 'silence'


for line in sys.stdin:
    print(heard(**json.loads(line)), flush=True)
