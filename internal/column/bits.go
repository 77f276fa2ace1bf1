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

// unpack reads values of w bits into the first n places of dst, and may change up
// to three places behind them. src must reach 16 bytes beyond the packed values.
func unpack(dst *[frame]uint64, n int, src []byte, w int) {
	switch {
	case w <= 14:
		unpackFours(dst, n, src, w)
	case w <= 28:
		unpackPairs(dst, n, src, w)
	case w <= 57:
		mask := uint64(1)<<w - 1
		for i, p := 0, 0; i < n; i, p = i+1, p+w {
			dst[i&(frame-1)] = binary.LittleEndian.Uint64(src[p>>3:]) >> (p & 7) & mask
		}
	default:
		unpackWide(dst, n, src, w)
	}
}

// unpackFours reads values of which four fit into one load.
func unpackFours(dst *[frame]uint64, n int, src []byte, w int) {
	mask := uint64(1)<<w - 1
	w2, w3 := uint(2*w)&63, uint(3*w)&63
	for i, p := 0, 0; i < n; i, p = i+4, p+4*w {
		v := binary.LittleEndian.Uint64(src[p>>3:]) >> (p & 7)
		out := dst[i : i+4 : i+4]
		out[0], out[1], out[2], out[3] = v&mask, v>>(uint(w)&63)&mask, v>>w2&mask, v>>w3&mask
	}
}

// unpackPairs reads values of which two fit into one load.
func unpackPairs(dst *[frame]uint64, n int, src []byte, w int) {
	mask := uint64(1)<<w - 1
	for i, p := 0, 0; i < n; i, p = i+2, p+2*w {
		v := binary.LittleEndian.Uint64(src[p>>3:]) >> (p & 7)
		out := dst[i : i+2 : i+2]
		out[0], out[1] = v&mask, v>>(uint(w)&63)&mask
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
