//! A pretended disk as a file system of SQLite (a "VFS"). The only unsafe code of the project:
//! SQLite speaks to file systems through C functions and pointers, and no maintained crate covers
//! a log with shared memory. What is relied upon:
//!
//! - SQLite calls the functions of a file only between its own `xOpen` and `xClose`, with the
//!   memory of `szOsFile` bytes that it gave to `xOpen`; it never calls two of one file at once.
//! - Buffers are as long as SQLite says, and names end with a zero byte.
//! - A disk is registered once and lives as long as the process (it is leaked).
//! - The shared memory is reached through atomics and locks of SQLite's own; its regions are
//!   boxed and live as long as a file that maps them.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

use rusqlite::ffi;

use super::drive::{Drive, Failure, File};
use super::locks::{Level, REGION_WORDS, Taken};

/// Makes the disk known to SQLite.
pub fn register(name: &str, drive: &Arc<Drive>) {
    let name = CString::new(name).expect("a name without zero bytes");
    // SAFETY: the default file system exists, and its functions do not look at the struct that
    // they are called with; what is registered is never freed.
    unsafe {
        let mut vfs = *ffi::sqlite3_vfs_find(std::ptr::null());
        vfs.szOsFile = c_int::try_from(size_of::<Opened>()).expect("it is small");
        vfs.zName = name.into_raw();
        vfs.pAppData = Box::into_raw(Box::new(Arc::clone(drive))).cast();
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        vfs.xAccess = Some(access);
        vfs.xFullPathname = Some(full_pathname);
        let registered = ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0);
        assert_eq!(registered, ffi::SQLITE_OK);
    }
}

/// What stands in the memory that SQLite gives for an open file.
#[repr(C)]
struct Opened {
    base: ffi::sqlite3_file,
    file: *mut File,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

fn code(failure: Failure, otherwise: c_int) -> c_int {
    match failure {
        Failure::Full => ffi::SQLITE_FULL,
        Failure::Missing => ffi::SQLITE_CANTOPEN,
        Failure::Broken | Failure::Dead => otherwise,
    }
}

fn done(outcome: Result<(), Failure>, otherwise: c_int) -> c_int {
    outcome.map_or_else(|failure| code(failure, otherwise), |()| ffi::SQLITE_OK)
}

fn taken(outcome: Result<(), Taken>) -> c_int {
    outcome.map_or(ffi::SQLITE_BUSY, |()| ffi::SQLITE_OK)
}

fn place(offset: ffi::sqlite3_int64) -> usize {
    usize::try_from(offset).expect("no file has negative places")
}

fn length(bytes: c_int) -> usize {
    usize::try_from(bytes).expect("no buffer is negative")
}

/// # Safety
/// `vfs` is one that `register` made.
unsafe fn drive<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Arc<Drive> {
    // SAFETY: `register` put it there and nothing takes it away.
    unsafe { &*(*vfs).pAppData.cast::<Arc<Drive>>() }
}

/// # Safety
/// `file` was opened by `open` and is not closed yet.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> &'a mut File {
    // SAFETY: `open` put it there, and SQLite calls one function of a file at a time.
    unsafe { &mut *(*file.cast::<Opened>()).file }
}

/// # Safety
/// `text` ends with a zero byte.
unsafe fn named<'a>(text: *const c_char) -> &'a str {
    // SAFETY: it is SQLite's name of a file.
    unsafe { CStr::from_ptr(text) }.to_str().expect("the tests' names are ASCII")
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: see the head of this file.
    unsafe {
        (*file).pMethods = std::ptr::null();
        let name = (!name.is_null()).then(|| named(name));
        match drive(vfs).open(name, flags & ffi::SQLITE_OPEN_CREATE != 0) {
            Ok(made) => {
                (*file.cast::<Opened>()).file = Box::into_raw(Box::new(made));
                (*file).pMethods = &raw const METHODS;
                if !out_flags.is_null() {
                    *out_flags = flags;
                }
                ffi::SQLITE_OK
            }
            Err(failure) => code(failure, ffi::SQLITE_CANTOPEN),
        }
    }
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _sync_folder: c_int,
) -> c_int {
    // SAFETY: see the head of this file.
    match unsafe { drive(vfs).delete(named(name)) } {
        Ok(()) => ffi::SQLITE_OK,
        Err(Failure::Missing) => ffi::SQLITE_IOERR_DELETE_NOENT,
        Err(failure) => code(failure, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: see the head of this file.
    unsafe { *out = c_int::from(drive(vfs).exists(named(name))) };
    ffi::SQLITE_OK
}

/// Names are full as they are.
unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: see the head of this file.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > length(room) {
            return ffi::SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite does not use the file after this.
    let mut closed = unsafe { Box::from_raw((*file.cast::<Opened>()).file) };
    let File { shared, holder, .. } = &mut *closed;
    shared.unmap(holder);
    shared.unlock(holder, Level::None);
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    buffer: *mut c_void,
    bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: see the head of this file.
    let (file, buffer) =
        unsafe { (opened(file), std::slice::from_raw_parts_mut(buffer.cast(), length(bytes))) };
    match file.read(place(offset), buffer) {
        Ok(read) if read < buffer.len() => ffi::SQLITE_IOERR_SHORT_READ,
        Ok(_) => ffi::SQLITE_OK,
        Err(failure) => code(failure, ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    buffer: *const c_void,
    bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: see the head of this file.
    let (file, buffer) =
        unsafe { (opened(file), std::slice::from_raw_parts(buffer.cast(), length(bytes))) };
    done(file.write(place(offset), buffer), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, to: ffi::sqlite3_int64) -> c_int {
    // SAFETY: see the head of this file.
    done(unsafe { opened(file) }.cut(place(to)), ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: see the head of this file.
    done(unsafe { opened(file) }.sync(), ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: see the head of this file.
    match unsafe { opened(file) }.size() {
        Ok(size) => {
            // SAFETY: see the head of this file.
            unsafe { *out = i64::try_from(size).expect("no file is that large") };
            ffi::SQLITE_OK
        }
        Err(failure) => code(failure, ffi::SQLITE_IOERR_FSTAT),
    }
}

fn level(of: c_int) -> Level {
    match of {
        ffi::SQLITE_LOCK_NONE => Level::None,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, wanted: c_int) -> c_int {
    // SAFETY: see the head of this file.
    let file = unsafe { opened(file) };
    if !file.is_alive() {
        return ffi::SQLITE_IOERR_LOCK;
    }
    taken(file.shared.lock(&mut file.holder, level(wanted)))
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: see the head of this file.
    let file = unsafe { opened(file) };
    file.shared.unlock(&mut file.holder, level(to));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: see the head of this file.
    unsafe { *out = c_int::from(opened(file).shared.is_reserved()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(
    _file: *mut ffi::sqlite3_file,
    _operation: c_int,
    _argument: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    4096
}

/// The same that SQLite takes for granted of the machine's own disks: a write that is cut off
/// touches nothing beside it.
unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    index: c_int,
    size: c_int,
    extends: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: see the head of this file.
    let file = unsafe { opened(file) };
    if !file.is_alive() || length(size) != REGION_WORDS * 8 {
        return ffi::SQLITE_IOERR_SHMMAP;
    }
    let region = file.shared.region(&mut file.holder, length(index), extends != 0);
    // SAFETY: see the head of this file.
    unsafe { *out = region.map_or(std::ptr::null_mut(), <*mut u64>::cast) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: see the head of this file.
    let file = unsafe { opened(file) };
    let slots = length(first)..length(first) + length(count);
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        file.shared.release(&mut file.holder, slots);
        return ffi::SQLITE_OK;
    }
    if !file.is_alive() {
        return ffi::SQLITE_IOERR_SHMLOCK;
    }
    taken(if flags & ffi::SQLITE_SHM_EXCLUSIVE != 0 {
        file.shared.own(&mut file.holder, slots)
    } else {
        file.shared.share(&mut file.holder, slots)
    })
}

unsafe extern "C" fn shm_barrier(_file: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _deletes: c_int) -> c_int {
    // SAFETY: see the head of this file.
    let file = unsafe { opened(file) };
    file.shared.unmap(&mut file.holder);
    ffi::SQLITE_OK
}
