//! Which 32 bytes can be a public key of Ed25519, [RFC 8032, section 5.1.3](https://www.rfc-editor.org/rfc/rfc8032#section-5.1.3).
//!
//! Not every backend looks at the point before it is used, and none need refuse one of small order, under which a
//! signature can be made without a private key. It is looked at once, when a key is read, so nothing here is fast, and a
//! public key is no secret, so nothing is constant in time.

/// A number below 2^256, in 64-bit digits, the least first; reduced modulo p = 2^255 - 19 by [`reduce`].
type Field = [u64; 4];

const P: Field = [
    0xFFFF_FFFF_FFFF_FFED,
    0xFFFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF,
];
const ONE: Field = [1, 0, 0, 0];
/// -121665/121666, of the curve -x² + y² = 1 + d·x²·y².
const D: Field = [
    0x75EB_4DCA_1359_78A3,
    0x0070_0A4D_4141_D8AB,
    0x8CC7_4079_7779_E898,
    0x5203_6CEE_2B6F_FE73,
];

/// Whether `bytes` are the one spelling of a point on the curve that is not of small order.
pub(super) fn is_public_key(bytes: &[u8; 32]) -> bool {
    let mut y = ZERO;
    for (digit, chunk) in y.iter_mut().zip(bytes.chunks_exact(8)) {
        *digit = chunk
            .iter()
            .rev()
            .fold(0, |digit, byte| digit << 8 | u64::from(*byte));
    }
    y[3] &= 0x7FFF_FFFF_FFFF_FFFF; // the bit above is the sign of x
    if reduce(y) != y {
        return false; // another spelling of y - p
    }
    let yy = mul(y, y);
    let u = sub(yy, ONE);
    let v = add(mul(D, yy), ONE);
    // x² = u/v: there is an x if u·v is a square. Where x or y is zero, or twice the point has y = 0, the order is small.
    u != ZERO && y != ZERO && is_square(mul(u, v)) && !doubles_to_small(yy, u, v)
}

const ZERO: Field = [0; 4];

/// Whether twice the point has y = 0, so that its order is 8: y² + x² = 0, and x² = u/v.
fn doubles_to_small(yy: Field, u: Field, v: Field) -> bool {
    add(mul(yy, v), u) == ZERO
}

/// Euler's criterion: n^((p-1)/2) is 1, for n that is not zero.
fn is_square(n: Field) -> bool {
    // (p - 1) / 2 = 2^254 - 10: from the highest bit 253 ones but for the bits of 10 - 1.
    let exponent = [
        0xFFFF_FFFF_FFFF_FFF6,
        0xFFFF_FFFF_FFFF_FFFF,
        0xFFFF_FFFF_FFFF_FFFF,
        0x3FFF_FFFF_FFFF_FFFF_u64,
    ];
    let mut power = ONE;
    for digit in exponent.into_iter().rev() {
        for bit in (0..64).rev() {
            power = mul(power, power);
            if digit >> bit & 1 == 1 {
                power = mul(power, n);
            }
        }
    }
    power == ONE
}

fn low(wide: u128) -> u64 {
    u64::try_from(wide & u128::from(u64::MAX)).unwrap_or_default()
}

fn high(wide: u128) -> u64 {
    u64::try_from(wide >> 64).unwrap_or_default()
}

/// The sum, reduced; both are below p, so that it is below 2^256.
fn add(a: Field, b: Field) -> Field {
    let mut carry = 0;
    let mut sum = ZERO;
    for ((digit, a), b) in sum.iter_mut().zip(a).zip(b) {
        let wide = u128::from(a) + u128::from(b) + u128::from(carry);
        (*digit, carry) = (low(wide), high(wide));
    }
    reduce(sum)
}

/// The difference, reduced; both are below p.
fn sub(a: Field, b: Field) -> Field {
    add(a, minus(P, b).unwrap_or(ZERO))
}

/// a - b, where that is not negative.
fn minus(a: Field, b: Field) -> Option<Field> {
    let mut borrow = false;
    let mut difference = ZERO;
    for ((digit, a), b) in difference.iter_mut().zip(a).zip(b) {
        let (once, under) = a.overflowing_sub(b);
        let (twice, again) = once.overflowing_sub(u64::from(borrow));
        *digit = twice;
        borrow = under || again;
    }
    (!borrow).then_some(difference)
}

/// Below p.
fn reduce(mut n: Field) -> Field {
    while let Some(less) = minus(n, P) {
        n = less;
    }
    n
}

/// The product, reduced. 2^256 is 38 modulo p.
fn mul(a: Field, b: Field) -> Field {
    let mut product = ZERO;
    for a in a.into_iter().rev() {
        // product = product * 2^64 + a * b
        let [p0, p1, p2, p3] = product;
        let mut top = 0;
        let mut next = ZERO;
        for ((digit, shifted), b) in next.iter_mut().zip([0, p0, p1, p2]).zip(b) {
            let wide = u128::from(a) * u128::from(b) + u128::from(shifted) + u128::from(top);
            (*digit, top) = (low(wide), high(wide));
        }
        product = fold(next, u128::from(top) + u128::from(p3));
    }
    reduce(product)
}

/// `n` + `top` · 2^256, below 2^256 and the same modulo p.
fn fold(mut n: Field, top: u128) -> Field {
    let mut carry = top * 38;
    while carry != 0 {
        for digit in &mut n {
            let wide = u128::from(*digit) + u128::from(low(carry));
            *digit = low(wide);
            carry = (carry >> 64) + (wide >> 64);
        }
        carry *= 38;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(hex: &str) -> [u8; 32] {
        let digit = |byte: u8| char::from(byte).to_digit(16).unwrap();
        let bytes = hex.as_bytes().chunks(2);
        let bytes = bytes.map(|byte| u8::try_from(digit(byte[0]) * 16 + digit(byte[1])).unwrap());
        bytes.collect::<Vec<_>>().try_into().unwrap()
    }

    #[test]
    fn keys_of_the_standard_are_points() {
        // RFC 8032, section 7.1, and the base point.
        for hex in [
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "5866666666666666666666666666666666666666666666666666666666666666",
        ] {
            assert!(is_public_key(&point(hex)), "{hex}");
        }
    }

    #[test]
    fn points_of_small_order_and_other_spellings_are_none() {
        for hex in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            // Not on the curve.
            "0200000000000000000000000000000000000000000000000000000000000000",
        ] {
            let mut bytes = point(hex);
            assert!(!is_public_key(&bytes), "{hex}");
            bytes[31] ^= 0x80; // the other sign of x
            assert!(!is_public_key(&bytes), "{hex}, other sign");
        }
    }
}
