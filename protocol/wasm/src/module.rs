//! The module's three exports and its memory. wasm32 only, and the only unsafe code of the crate.
#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::sync::atomic::{Ordering, compiler_fence};

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;
use zeroize::Zeroize;

use crate::{FAILED, MAILBOX, Machine};

// A module has one door: build with --no-default-features and one of them, or `Door` is defined twice.
#[cfg(feature = "visit")]
type Door = crate::VisitDoor;
#[cfg(feature = "chat")]
type Door = crate::ChatDoor;
#[cfg(feature = "seat")]
type Door = crate::SeatDoor;
#[cfg(feature = "pair")]
type Door = crate::PairDoor;

/// Bytes of shadow stack that are overwritten after every step. Greetings go deepest (ML-KEM's matrices);
/// the stack has 256 KiB, and what is above this function's frame is a step's own few hundred bytes.
const STACK_WIPED: usize = 192 * 1024;

/// One page of WebAssembly memory, bytes.
const PAGE: usize = 65_536;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping(TalcSyncCell::new_wasm(WholeMemory { taken: false }));

/// Overwrites whatever is given back. Secrets have types that wipe themselves; a frame that carried one, or a text on
/// its way to the page, has not.
struct Wiping(TalcSyncCell<WholeMemory, WasmBinning>);

// SAFETY: memory is given and taken by the allocator inside, under the very contract of the caller.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's until it is given back.
        unsafe { ptr.write_bytes(0, layout.size()) };
        // The overwrite counts although nobody reads it.
        compiler_fence(Ordering::SeqCst);
        // SAFETY: the caller's contract.
        unsafe { self.0.dealloc(ptr, layout) };
    }

    // A block that grows is another one, and the old one is given back: as the trait does it by itself.
}

/// Gives the allocator everything behind the statics, once; after that there is no more. The module is linked
/// with all its memory from the start, so an overwrite of it reaches everything a conversation leaves behind and
/// nothing ever moves because the memory grew.
#[derive(Debug)]
struct WholeMemory {
    taken: bool,
}

// SAFETY: `acquire` uses the allocator through its argument only.
unsafe impl Source for WholeMemory {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, _layout: Layout) -> Result<(), ()> {
        if core::mem::replace(&mut talc.source.taken, true) {
            return Err(());
        }
        let base = &raw const __heap_base;
        let size = core::arch::wasm32::memory_size(0) * PAGE - base as usize;
        // SAFETY: the linker gives nothing from the heap's base on to anybody, and this happens once.
        let claimed = unsafe { talc.claim(base.cast_mut(), size) };
        claimed.map(|_end| ()).ok_or(())
    }
}

unsafe extern "C" {
    /// The first byte that the linker has given neither to the stack nor to statics.
    static __heap_base: u8;
}

struct Module {
    mailbox: UnsafeCell<[u8; MAILBOX]>,
    machine: UnsafeCell<Option<Machine<Door>>>,
}

// SAFETY: a module without shared memory and without imports runs on one thread and cannot be re-entered.
unsafe impl Sync for Module {}

static MODULE: Module = Module { mailbox: UnsafeCell::new([0; MAILBOX]), machine: UnsafeCell::new(None) };

fn machine() -> &'static mut Machine<Door> {
    // SAFETY: one thread, no re-entry; the reference does not outlive the export that asks for it.
    let machine = unsafe { &mut *MODULE.machine.get() };
    machine.get_or_insert_with(Machine::default)
}

/// The mailbox's address.
#[unsafe(no_mangle)]
extern "C" fn mailbox() -> *mut u8 {
    MODULE.mailbox.get().cast()
}

/// One step; see the crate's documentation.
#[unsafe(no_mangle)]
extern "C" fn step(length: u32) -> u32 {
    let answered = answer(length as usize);
    overwrite_stack();
    answered
}

#[inline(never)]
fn answer(length: usize) -> u32 {
    // SAFETY: as above; JavaScript does not run meanwhile.
    let mailbox = unsafe { &mut *MODULE.mailbox.get() };
    let Some(command) = mailbox.get_mut(..length) else { return FAILED };
    let records = machine().step(command);
    // The command held a seed, perhaps a key or a text.
    command.zeroize();
    match mailbox.get_mut(..records.len()) {
        Some(room) => {
            room.copy_from_slice(&records);
            records.len() as u32
        }
        None => FAILED,
    }
}

/// Key material that was spilled below our frame is overwritten by taking the same room again. `zeroize`
/// writes volatile, so it is not optimised away; `inline(never)` keeps the array in a frame of its own that
/// begins where the step's did.
#[inline(never)]
fn overwrite_stack() {
    let mut room = [0u8; STACK_WIPED];
    room.zeroize();
    core::hint::black_box(&room);
}

#[cfg(not(test))]
#[panic_handler]
fn panicked(_info: &core::panic::PanicInfo<'_>) -> ! {
    // A trap: the page wipes the memory and says that it failed.
    core::arch::wasm32::unreachable()
}
