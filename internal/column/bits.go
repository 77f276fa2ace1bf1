package column

import (
	"encoding/binary"
	"math/bits"
)

// zigzag maps small numbers of either sign to small unsigned ones.
func zigzag(x int64) uint64 { return uint64(x<<1) ^ uint64(x>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// width returns how many bits the widest of values needs.
func width(values []uint64) int {
	var or uint64
	for _, v := range values {
		or |= v
	}
	return bits.Len64(or)
}

// packedSize returns how many bytes n values of w bits take.
func packedSize(n, w int) int { return (n*w + 7) / 8 }

// pack appends the low w bits of each value, least significant bit first.
func pack(dst []byte, values []uint64, w int) []byte {
	end := len(dst) + packedSize(len(values), w)
	var acc uint64
	used := 0
	for _, v := range values {
		acc |= v << used
		if used += w; used >= 64 {
			dst = binary.LittleEndian.AppendUint64(dst, acc)
			used -= 64
			acc = v >> (w - used)
		}
	}
	return binary.LittleEndian.AppendUint64(dst, acc)[:end]
}

// unpack reads values of w bits into the first n places of dst. src must reach 9
// bytes beyond the packed values.
func unpack(dst *[frame]uint64, n int, src []byte, w int) {
	if w > 57 {
		unpackWide(dst, n, src, w)
		return
	}
	mask := uint64(1)<<w - 1
	out := dst[:n]
	for i, p := 0, 0; i < len(out); i, p = i+1, p+w {
		out[i] = binary.LittleEndian.Uint64(src[p>>3:]) >> (p & 7) & mask
	}
}

// unpackWide reads values that may span nine bytes.
func unpackWide(dst *[frame]uint64, n int, src []byte, w int) {
	mask := ^uint64(0) >> (64 - w)
	for i, p := 0, 0; i < n; i, p = i+1, p+w {
		low := binary.LittleEndian.Uint64(src[p>>3:]) >> (p & 7)
		high := uint64(src[p>>3+8]) << (64 - p&7)
		dst[i] = (low | high) & mask
	}
}
