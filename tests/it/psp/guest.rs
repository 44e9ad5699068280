//! Small plugins made from WebAssembly text, for what no honest plugin does.

use std::fmt::Write;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A plugin with `gateway` and `charging`, written as what its `charge` does.
///
/// In `charge` the local `$in` points at the parameters and `$answer` at 512 zeroed bytes, which
/// say `paid`. There are `$post`, which sends a request to the connection's first setting and
/// answers 0 when a response came, `$deep`, which never comes back, and `$send`, `$write` and
/// `$now` of the host.
pub struct Guest {
    pub name: &'static str,
    pub hosts: Vec<&'static str>,
    /// Of the request that `$post` makes.
    pub headers: Vec<(&'static str, &'static str)>,
    /// Instructions that leave the address of the answer on the stack.
    pub charge: &'static str,
    /// Further imports: WIT of a package, and what of it is imported.
    pub also_imports: Option<(&'static str, &'static str, &'static str)>,
}

impl Guest {
    pub fn new(name: &'static str, charge: &'static str) -> Guest {
        Guest { name, hosts: Vec::new(), headers: Vec::new(), charge, also_imports: None }
    }

    pub fn component(&self) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let wit = concat!(env!("CARGO_MANIFEST_DIR"), "/wit/psp.wit");
        resolve.push_path(wit).unwrap();
        let mut world = String::from(
            "package test:guest;
             world guest {
               include recoup:psp/host@0.1.0;
               export recoup:psp/gateway@0.1.0;
               export recoup:psp/charging@0.1.0;\n",
        );
        if let Some((package, interface, _)) = self.also_imports {
            resolve.push_str("also.wit", package).unwrap();
            writeln!(world, "import {interface};").unwrap();
        }
        world.push('}');
        let package = resolve.push_str("guest.wit", &world).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let mut module = wat::parse_str(self.module()).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
    }

    fn module(&self) -> String {
        let mut data = Data::at(DATA);
        let describe = self.description(&mut data);
        let headers = data.pairs(&self.headers);
        let also = self.also_imports.map_or("", |(_, _, import)| import);
        MODULE
            .replace("{also}", also)
            .replace("{describe}", &describe.to_string())
            .replace("{headers}", &headers.to_string())
            .replace("{headers_len}", &self.headers.len().to_string())
            .replace("{charge}", self.charge)
            .replace("{data}", &data.text())
    }

    /// A `description` in memory, as the canonical ABI lays it out.
    fn description(&self, data: &mut Data) -> u32 {
        let settings = [("base_url", 0_u8), ("secret_key", 1)].map(|(key, secret)| {
            let (key, help) = (data.string(key), data.string("for tests"));
            let mut record = [key, help].concat();
            record.extend([secret, 0, 0, 0]);
            record.extend([0; 12]);
            record
        });
        let settings_at = data.put(&settings.concat());
        let hosts: Vec<Vec<u8>> = self.hosts.iter().map(|host| data.string(host)).collect();
        let hosts_at = data.put(&hosts.concat());
        let mut record = [
            data.string(self.name),
            data.string("A plugin for tests"),
            data.string("1.0.0"),
            list(settings_at, settings.len()),
            list(hosts_at, hosts.len()),
        ]
        .concat();
        // No idempotency, no customers.
        record.extend([0; 24]);
        data.put(&record)
    }
}

fn list(at: u32, len: usize) -> Vec<u8> {
    let len = u32::try_from(len).unwrap();
    [at.to_le_bytes(), len.to_le_bytes()].concat()
}

/// Where the data begins; below it are answers.
const DATA: u32 = 8192;

struct Data {
    base: u32,
    bytes: Vec<u8>,
}

impl Data {
    fn at(base: u32) -> Data {
        Data { base, bytes: Vec::new() }
    }

    /// Where it was put, aligned for everything.
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = self.base + u32::try_from(self.bytes.len()).unwrap();
        self.bytes.extend(bytes);
        at
    }

    /// Pointer and length.
    fn string(&mut self, text: &str) -> Vec<u8> {
        let at = self.put(text.as_bytes());
        list(at, text.len())
    }

    fn pairs(&mut self, pairs: &[(&str, &str)]) -> u32 {
        let pairs: Vec<Vec<u8>> = pairs
            .iter()
            .map(|(name, value)| [self.string(name), self.string(value)].concat())
            .collect();
        self.put(&pairs.concat())
    }

    fn text(&self) -> String {
        self.bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "\\{byte:02x}").unwrap();
            text
        })
    }
}

const MODULE: &str = r#"(module
  (import "recoup:psp/http@0.1.0" "send" (func $send
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "recoup:psp/log@0.1.0" "write" (func $write (param i32 i32 i32)))
  (import "recoup:psp/clock@0.1.0" "now-ms" (func $now (result i64)))
  {also}
  (memory (export "memory") 4)
  (global $top (mut i32) (i32.const 65536))
  (data (i32.const 8192) "{data}")

  ;; Never frees; grows where it must.
  (func (export "cabi_realloc") (param $old i32) (param $old_len i32) (param $align i32)
      (param $len i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get $len)))
    (block $done (loop $more
      (br_if $done (i32.le_u (global.get $top)
        (i32.mul (memory.size) (i32.const 65536))))
      (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))
      (br $more)))
    (local.get $at))

  ;; POST to the value of the first setting, with one byte of body.
  (func $post (param $in i32) (result i32)
    (local $setting i32)
    (local.set $setting (i32.load (local.get $in)))
    (call $send
      (i32.const 1)
      (i32.load offset=8 (local.get $setting)) (i32.load offset=12 (local.get $setting))
      (i32.const {headers}) (i32.const {headers_len})
      (i32.const 1) (local.get $setting) (i32.const 1)
      (i32.const 0) (i32.const 0)
      (i32.const 4096))
    (i32.load8_u (i32.const 4096)))

  (func $deep (param i32) (result i32)
    (i32.add (call $deep (local.get 0)) (i32.const 1)))

  (func (export "recoup:psp/gateway@0.1.0#describe") (result i32) (i32.const {describe}))
  (func (export "recoup:psp/gateway@0.1.0#mode-of") (param i32 i32) (result i32) (i32.const 0))
  (func (export "recoup:psp/gateway@0.1.0#check") (param i32 i32) (result i32) (i32.const 0))
  (func (export "recoup:psp/charging@0.1.0#charge") (param $in i32) (result i32)
    (local $answer i32)
    (local $i i32)
    {charge})
  (func (export "recoup:psp/charging@0.1.0#find-charge")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32) (i32.const 0))
  (func (export "recoup:psp/charging@0.1.0#cancel-charge")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32) (i32.const 0))
)"#;
