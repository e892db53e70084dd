//! CRC-32 as a polynomial (RFC 1952, section 8): a change of some bytes changes it by what these bytes
//! are worth at their distance from the end.

/// The polynomial, lowest power first.
const POLYNOMIAL: u32 = 0xedb8_8320;
/// One, in the same order.
const ONE: u32 = 1 << 31;

/// What each byte is worth. Values are some dozen bytes: a library's vectors are made for more.
const BYTES: [u32; 256] = {
    let mut bytes = [0; 256];
    let mut byte: u32 = 0;
    while byte < 256 {
        let mut worth = byte;
        let mut bit = 0;
        while bit < 8 {
            worth = shifted(worth);
            bit += 1;
        }
        bytes[byte as usize] = worth;
        byte += 1;
    }
    bytes
};

/// Times the next power, modulo the polynomial.
const fn shifted(value: u32) -> u32 {
    (value >> 1) ^ if value & 1 == 1 { POLYNOMIAL } else { 0 }
}

/// The checksum of bytes.
pub(super) fn of(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum: u32, byte| {
        let [low, ..] = sum.to_le_bytes();
        (sum >> 8) ^ BYTES[usize::from(low ^ byte)]
    })
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
        other = shifted(other);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_gzip() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(of(b"123456789"), 0xcbf4_3926);
        assert_eq!(of(b""), 0);
    }
}
