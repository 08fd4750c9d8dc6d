//! Which systems the table knows, and the numbers that differ between them.

/// A system whose option numbers the table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Linux and Android. The numbers are those of the generic ABI (`asm-generic/socket.h`), which
    /// are also Emscripten's.
    Linux,
    /// macOS and Apple's other systems.
    MacOs,
    /// FreeBSD.
    FreeBsd,
    /// Windows (Winsock 2).
    Windows,
}

impl Platform {
    /// Every platform, in the order of the table's columns.
    pub const ALL: [Platform; 4] =
        [Platform::Linux, Platform::MacOs, Platform::FreeBsd, Platform::Windows];

    /// The system this crate is compiled for, or `None` where the table has no column for it: there
    /// every option is unsupported by name, and raw access still reaches the kernel.
    pub const HOST: Option<Platform> = if cfg!(any(target_os = "linux", target_os = "android")) {
        Some(Platform::Linux)
    } else if cfg!(target_vendor = "apple") {
        Some(Platform::MacOs)
    } else if cfg!(target_os = "freebsd") {
        Some(Platform::FreeBsd)
    } else if cfg!(windows) {
        Some(Platform::Windows)
    } else {
        None
    };

    /// The system's own name: `Linux`, `macOS`, `FreeBSD`, `Windows`.
    pub fn name(self) -> &'static str {
        match self {
            Platform::Linux => "Linux",
            Platform::MacOs => "macOS",
            Platform::FreeBsd => "FreeBSD",
            Platform::Windows => "Windows",
        }
    }
}

/// One number on each platform; `None` where the platform lacks the option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerPlatform {
    /// Linux, generic ABI: `asm-generic/socket.h`, `linux/in.h`, `linux/in6.h`, `linux/tcp.h`.
    pub linux: Option<i32>,
    /// macOS: xnu's `sys/socket.h`, `netinet/in.h`, `netinet6/in6.h` (RFC 3542), `netinet/tcp.h`.
    pub macos: Option<i32>,
    /// FreeBSD: the headers of the same names.
    pub freebsd: Option<i32>,
    /// Windows: `ws2def.h`, `ws2ipdef.h`, `mstcpip.h`.
    pub windows: Option<i32>,
}

impl PerPlatform {
    /// The number on `platform`.
    pub const fn on(&self, platform: Platform) -> Option<i32> {
        match platform {
            Platform::Linux => self.linux,
            Platform::MacOs => self.macos,
            Platform::FreeBsd => self.freebsd,
            Platform::Windows => self.windows,
        }
    }
}

/// The second argument of `setsockopt(2)`: the layer that an option belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `SOL_SOCKET`: the socket itself.
    Socket,
    /// `IPPROTO_IP`: IPv4, and IPv4 on a dual-stack IPv6 socket.
    Ip,
    /// `IPPROTO_IPV6`
    Ipv6,
    /// `IPPROTO_IP` or `IPPROTO_IPV6`, by the family of the group in the value: the multicast
    /// options of RFC 3678, which have one name and one number for both.
    Multicast,
    /// `IPPROTO_TCP`
    Tcp,
    /// `IPPROTO_UDP`
    Udp,
    /// `SOL_RAW`: raw IPv4 sockets, Linux only.
    Raw,
    /// `IPPROTO_ICMPV6`: raw ICMPv6 sockets.
    Icmpv6,
    /// `SOL_LOCAL`: unix sockets of macOS and FreeBSD.
    Local,
}

impl Level {
    /// Every level, in the table's order.
    pub const ALL: [Level; 9] = [
        Level::Socket,
        Level::Ip,
        Level::Ipv6,
        Level::Multicast,
        Level::Tcp,
        Level::Udp,
        Level::Raw,
        Level::Icmpv6,
        Level::Local,
    ];

    /// The C name. [`Level::Multicast`] gives both of its names.
    pub fn name(self) -> &'static str {
        match self {
            Level::Socket => "SOL_SOCKET",
            Level::Ip => "IPPROTO_IP",
            Level::Ipv6 => "IPPROTO_IPV6",
            Level::Multicast => "IPPROTO_IP or IPPROTO_IPV6",
            Level::Tcp => "IPPROTO_TCP",
            Level::Udp => "IPPROTO_UDP",
            Level::Raw => "SOL_RAW",
            Level::Icmpv6 => "IPPROTO_ICMPV6",
            Level::Local => "SOL_LOCAL",
        }
    }

    /// The number on `platform`, `None` where it has no such level. [`Level::Multicast`] gives
    /// `IPPROTO_IP`'s.
    pub const fn on(self, platform: Platform) -> Option<i32> {
        match (self, platform) {
            (Level::Socket, Platform::Linux) => Some(1),
            (Level::Socket, _) => Some(0xffff),
            (Level::Ip | Level::Multicast, _) => Some(0),
            (Level::Ipv6, _) => Some(41),
            (Level::Tcp, _) => Some(6),
            (Level::Udp, _) => Some(17),
            (Level::Raw, Platform::Linux) => Some(255),
            (Level::Icmpv6, _) => Some(58),
            (Level::Local, Platform::MacOs | Platform::FreeBsd) => Some(0),
            (Level::Raw | Level::Local, _) => None,
        }
    }
}

/// The number that `generic`, an option of the generic Linux ABI, has on this architecture.
///
/// PowerPC renumbers six `SOL_SOCKET` options (`asm/socket.h`). MIPS, SPARC, Alpha and PA-RISC
/// renumber almost all of that level, and the level itself: they have no `SOL_SOCKET` option by
/// name here.
pub(super) fn linux_number(level: Level, generic: i32) -> Option<i32> {
    let powerpc = cfg!(any(target_arch = "powerpc", target_arch = "powerpc64"));
    let renumbered = cfg!(any(
        target_arch = "mips",
        target_arch = "mips64",
        target_arch = "mips32r6",
        target_arch = "mips64r6",
        target_arch = "sparc",
        target_arch = "sparc64",
    ));
    match (level, generic) {
        (Level::Socket, _) if renumbered => None,
        (Level::Socket, 16 | 17) if powerpc => Some(generic + 4),
        (Level::Socket, 18..=21) if powerpc => Some(generic - 2),
        _ => Some(generic),
    }
}
