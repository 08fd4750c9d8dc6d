//! The table, described: for the documentation, for TypeScript, and for `optionTable`.

use super::{Codec, Direction, Field, Kind, Layout, Level, OptionSpec, Platform, all};

/// A row for `optionTable` and `hostsock options`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The C name.
    pub name: &'static str,
    /// The C name of its level.
    pub level: &'static str,
    /// The level's number on this host.
    pub level_number: Option<i32>,
    /// Its number on this host; `None` if this host lacks it.
    pub number: Option<i32>,
    /// The type of its value, see [`Codec::name`]; an array of structures has `[]` behind it.
    pub kind: String,
    /// The TypeScript type that reading gives, unless it is only to be set.
    pub gives: Option<String>,
    /// The TypeScript type that setting takes, unless it is only to be read.
    pub takes: Option<String>,
    /// `get`, `set` or `both`.
    pub direction: &'static str,
    /// The unit of a number, or empty.
    pub unit: &'static str,
    /// What it does.
    pub meaning: &'static str,
    /// Where it is documented.
    pub man: &'static str,
    /// The name that this one stands for.
    pub alias_of: Option<&'static str>,
    /// The systems that have it, with its number there.
    pub platforms: Vec<(&'static str, i32)>,
}

/// The whole table, sorted by level, then by name.
pub fn rows() -> Vec<Row> {
    all().map(row).collect()
}

/// `docs/options.md`: every option, by level. The types are this host's: a few differ by platform, so
/// generate the page on 64-bit Linux.
pub fn markdown() -> String {
    let mut page = HEADER.to_owned();
    for level in Level::ALL {
        page.push_str(&format!("\n## {}\n\n", level.name()));
        page.push_str(
            "| option | value | direction | unit | meaning | systems | documented in |\n",
        );
        page.push_str("|---|---|---|---|---|---|---|\n");
        for spec in all().filter(|spec| spec.level == level) {
            let systems: Vec<_> = spec.platforms().map(Platform::name).collect();
            let alias = match spec.alias_of {
                Some(main) => format!(" (see `{main}`)"),
                None => String::new(),
            };
            page.push_str(&format!(
                "| `{}`{alias} | {} | {} | {} | {} | {} | {} |\n",
                spec.name,
                kind(spec.codec),
                spec.direction.name(),
                spec.unit,
                spec.meaning,
                systems.join(", "),
                spec.man,
            ));
        }
    }
    page.push_str("\n## Structures\n\n| structure | fields |\n|---|---|\n");
    for layout in layouts() {
        let names = layout.fields.iter().map(|field| field.name).filter(|name| !name.is_empty());
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        page.push_str(&format!("| `{}` | {} |\n", layout.name, names.join(", ")));
    }
    page
}

const HEADER: &str = "\
# Socket options

Generated from the table in `src/option/table/`; do not edit.

`direction` says what an option is meant for; the kernel has the last word. What the types are in
JavaScript:

| type | value |
|---|---|
| `bool` | `true`, `false`; a number can be set where there are more than two states |
| `int`, `u32` | number |
| `u64` | number, or a `BigInt` above 2^53 - 1 |
| `u32[]` | array of numbers |
| `none` | `null`: to set it is all |
| `linger` | `false`, or a number of seconds |
| `timeval` | milliseconds, rounded up to the next microsecond (Windows: millisecond); 0 means no timeout |
| `string` | string; bytes if the kernel gives something that is not UTF-8 |
| `sockaddr` | `{ address, port, family, flowInfo?, scopeId? }` or `{ path }` |
| `in_addr` | IPv4 address; to set it, an interface index too |
| `ip_mreq` | `{ group, interface? }`, the interface by address or index; or the group alone |
| `ipv6_mreq`, `group_req` | `{ group, interface? }`, the interface by index; or the group alone |
| `ip_mreq_source`, `group_source_req` | `{ group, source, interface? }` |
| `ip_msfilter`, `group_filter` | `{ group, interface?, mode?: 'include' \\| 'exclude', sources? }` |
| `port_range` | `{ low, high }` |
| `sock_fprog` | array of `{ code, jt, jf, k }` |
| `bytes` | `Buffer` |
| `tcp_cc_info` | object with the fields of the algorithm's structure, `null` if it has none, or bytes |
| any other | object with the fields of that structure, see the end; as many as this kernel gives |
";

/// TypeScript declarations: the interfaces of the structures, then `SocketOptions` (what reading
/// gives) and `SettableSocketOptions` (what setting takes). As for [`markdown`], generate them on
/// 64-bit Linux.
pub fn typescript() -> String {
    let mut code =
        String::from("// Generated from the table in src/option/table/; do not edit.\n\n");
    code.push_str(SHARED_TYPES);
    for layout in layouts() {
        code.push_str(&interface(layout));
    }
    let member = |spec: &OptionSpec, kind: String| {
        let unit = match spec.unit {
            "" => String::new(),
            unit => format!(" ({unit})"),
        };
        format!("  /** {}{unit} */\n  {}: {kind};\n", spec.meaning, spec.name)
    };
    code.push_str("\n/** What reading an option gives. */\nexport interface SocketOptions {\n");
    for spec in all() {
        code.push_str(&gives(spec).map_or(String::new(), |kind| member(spec, kind)));
    }
    code.push_str("}\n\n/** What setting an option takes. */\n");
    code.push_str("export interface SettableSocketOptions {\n");
    for spec in all() {
        code.push_str(&takes(spec).map_or(String::new(), |kind| member(spec, kind)));
    }
    code.push_str("}\n");
    code
}

const SHARED_TYPES: &str = "\
/** An IP address with its port, or a unix path. */
export type SocketAddressValue =
  | { address: string; port: number; family: 'IPv4' | 'IPv6'; flowInfo?: number; scopeId?: number }
  | { path: string | Uint8Array };

/** The members of a multicast group: all sources but these, or only these. */
export interface SourceFilter {
  group: string;
  interface?: string | number;
  mode?: 'include' | 'exclude';
  sources?: string[];
}

/** An instruction of a classic BPF program. */
export interface FilterInstruction {
  code: number;
  jt?: number;
  jf?: number;
  k?: number;
}
";

fn row(spec: &'static OptionSpec) -> Row {
    let platforms = spec.platforms();
    Row {
        name: spec.name,
        level: spec.level.name(),
        level_number: spec.level_number(None),
        number: spec.number(),
        kind: kind(spec.codec),
        gives: gives(spec),
        takes: takes(spec),
        direction: spec.direction.name(),
        unit: spec.unit,
        meaning: spec.meaning,
        man: spec.man,
        alias_of: spec.alias_of,
        platforms: platforms
            .filter_map(|platform| Some((platform.name(), spec.numbers.on(platform)?)))
            .collect(),
    }
}

/// The structures of the table, by name.
fn layouts() -> Vec<&'static Layout> {
    let mut layouts: Vec<&Layout> = Vec::new();
    for spec in all() {
        if let Codec::Struct(layout) | Codec::Structs(layout) = spec.codec
            && !layouts.contains(&layout)
        {
            layouts.push(layout);
        }
    }
    layouts.sort_by_key(|layout| layout.name);
    layouts
}

fn kind(codec: Codec) -> String {
    let array = if let Codec::Structs(_) = codec { "[]" } else { "" };
    format!("{}{array}", codec.name())
}

fn gives(spec: &OptionSpec) -> Option<String> {
    (spec.direction != Direction::Set).then(|| match spec.codec {
        Codec::MulticastIf => "string".to_owned(),
        Codec::Bool => "boolean".to_owned(),
        Codec::TcpCcInfo => "Record<string, number> | Uint8Array | null".to_owned(),
        Codec::Sockaddr => "SocketAddressValue".to_owned(),
        codec => typescript_of(codec),
    })
}

fn takes(spec: &OptionSpec) -> Option<String> {
    (spec.direction != Direction::Get).then(|| match spec.codec {
        // Some that are booleans to look at have a third state to be set.
        Codec::Bool => "boolean | number".to_owned(),
        codec => typescript_of(codec),
    })
}

fn typescript_of(codec: Codec) -> String {
    let kind = match codec {
        Codec::Bool => "boolean",
        Codec::Int | Codec::U32 | Codec::Be32 | Codec::Timeval | Codec::Timeval64 => "number",
        Codec::U64 => "number | bigint",
        Codec::Words => "number[]",
        Codec::Trigger => "null",
        Codec::Linger => "false | number",
        Codec::Text(_) => "string",
        Codec::PortRange => "{ low: number; high: number }",
        Codec::Sockaddr => "string | SocketAddressValue",
        Codec::MulticastIf => "string | number",
        Codec::IpMreq => "string | { group: string; interface?: string | number }",
        Codec::IpMreqSource => "{ group: string; source: string; interface?: string }",
        Codec::Ipv6Mreq | Codec::GroupReq => "string | { group: string; interface?: number }",
        Codec::GroupSourceReq => "{ group: string; source: string; interface?: number }",
        Codec::IpMsfilter | Codec::GroupFilter => "SourceFilter",
        Codec::Struct(layout) => return pascal_case(layout.name),
        Codec::Structs(layout) => return format!("{}[]", pascal_case(layout.name)),
        Codec::Filter => "FilterInstruction[]",
        Codec::TcpCcInfo | Codec::Bytes => "Uint8Array",
    };
    kind.to_owned()
}

/// Every field is optional: older kernels give fewer, and those that are not set are 0.
fn interface(layout: &Layout) -> String {
    let mut code = format!("\n/** struct {} */\n", layout.name);
    code.push_str(&format!("export interface {} {{\n", pascal_case(layout.name)));
    for Field { name, kind } in layout.fields.iter().filter(|field| !field.name.is_empty()) {
        let kind = match kind {
            Kind::U64 => "number | bigint",
            Kind::Words(_) => "number[]",
            Kind::Text(_) | Kind::In6 => "string",
            Kind::Bytes(_) => "Uint8Array",
            Kind::Sockaddr(_) => "SocketAddressValue | string",
            _ => "number",
        };
        code.push_str(&format!("  {name}?: {kind};\n"));
    }
    code.push_str("}\n");
    code
}

/// `tcp_info` as `TcpInfo`.
fn pascal_case(name: &str) -> String {
    name.split('_')
        .filter_map(|word| {
            let (first, rest) = word.split_at_checked(1)?;
            Some(first.to_ascii_uppercase() + rest)
        })
        .collect()
}
