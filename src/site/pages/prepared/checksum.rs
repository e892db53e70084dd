//! CRC-32 as a polynomial (RFC 1952, section 8): a change of some bytes changes it by what these bytes
//! are worth at their distance from the end.

use flate2::Crc;

/// The polynomial, lowest power first.
const POLYNOMIAL: u32 = 0xedb8_8320;
/// One, in the same order.
const ONE: u32 = 1 << 31;

/// The checksum of bytes.
pub(super) fn of(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A product, modulo the polynomial.
pub(super) fn times(one: u32, mut other: u32) -> u32 {
    let mut product = 0;
    let mut power = ONE;
    while power != 0 {
        if one & power != 0 {
            product ^= other;
        }
        power >>= 1;
        let carried = if other & 1 == 1 { POLYNOMIAL } else { 0 };
        other = (other >> 1) ^ carried;
    }
    product
}

/// What a checksum is multiplied with where so many bytes follow.
pub(super) fn power(mut bytes: usize) -> u32 {
    let mut square = ONE >> 8;
    let mut power = ONE;
    while bytes > 0 {
        if bytes & 1 == 1 {
            power = times(power, square);
        }
        square = times(square, square);
        bytes >>= 1;
    }
    power
}
