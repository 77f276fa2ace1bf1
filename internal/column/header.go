package column

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/signalman-trading/signalman/market"
)

// MaxRows is how many bars a block holds at most.
const MaxRows = 4096

// MaxSize bounds the length of a block in bytes.
const MaxSize = headerSize + MaxRows*(5*8+1+2+2*10) + pad

// ErrCorrupt is what every error of a damaged block wraps.
var ErrCorrupt = errors.New("corrupt block")

const (
	magic      = "SB"
	version    = 2 // of what Encode writes; 1 is read, too
	headerSize = 48
	crcOffset  = 12
	pad        = 16  // zero bytes at the end, so that 8-byte loads stay inside
	frame      = 128 // rows of one frame
	maxScale   = 22  // the powers of ten that a float64 represents exactly
	maxTime    = 1 << 62
	rawUnit    = -1 // unit of columns that are stored as float64

	flagIncomplete = 1 << 0
	knownFlags     = flagIncomplete
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A Header says what a block holds.
type Header struct {
	Count       int             // rows, 1 to MaxRows
	First, Last market.Time     // open times of the first and the last row
	Interval    market.Interval // of the bars
	PriceScale  int32           // of the Columns it was made from
	VolumeScale int32           // of the Columns it was made from

	version, flags        byte
	priceUnit, volumeUnit int32 // version 1: decimals of the stored integers; -1: raw float64
	gaps                  int   // rows that do not follow the one before by Interval
	crc                   uint32
	base                  int64 // what the first open is relative to: bits of a float64, or in version 1 units
}

// Peek reads the header of a block without its rows or its checksum.
func Peek(block []byte) (Header, error) {
	if len(block) < headerSize+pad || len(block) > MaxSize || string(block[:2]) != magic {
		return Header{}, fmt.Errorf("%w: %d bytes that do not start as a block", ErrCorrupt, len(block))
	}
	if block[2] != 1 && block[2] != version {
		return Header{}, fmt.Errorf("%w: block version %d, this program reads 1 to %d", ErrCorrupt, block[2], version)
	}
	h := parseHeader(block)
	return h, h.check()
}

func parseHeader(b []byte) Header {
	le := binary.LittleEndian
	return Header{
		version: b[2], flags: b[3], Count: int(le.Uint16(b[4:])),
		PriceScale: int32(int8(b[6])), VolumeScale: int32(int8(b[7])),
		priceUnit: int32(int8(b[8])), volumeUnit: int32(int8(b[9])),
		gaps: int(le.Uint16(b[10:])), crc: le.Uint32(b[crcOffset:]),
		First: market.Time(le.Uint64(b[16:])), Last: market.Time(le.Uint64(b[24:])),
		Interval: market.Interval(le.Uint64(b[32:])), base: int64(le.Uint64(b[40:])),
	}
}

func (h *Header) append(dst []byte) []byte {
	le := binary.LittleEndian
	dst = append(dst, magic...)
	dst = append(dst, h.version, h.flags)
	dst = le.AppendUint16(dst, uint16(h.Count))
	dst = append(dst, byte(int8(h.PriceScale)), byte(int8(h.VolumeScale)), byte(int8(h.priceUnit)), byte(int8(h.volumeUnit)))
	dst = le.AppendUint16(dst, uint16(h.gaps))
	dst = le.AppendUint32(dst, 0)
	dst = le.AppendUint64(dst, uint64(h.First))
	dst = le.AppendUint64(dst, uint64(h.Last))
	dst = le.AppendUint64(dst, uint64(h.Interval))
	return le.AppendUint64(dst, uint64(h.base))
}

func (h *Header) check() error {
	switch {
	case h.Count < 1 || h.Count > MaxRows || h.gaps >= h.Count || h.flags&^knownFlags != 0:
		return fmt.Errorf("%w: %d rows, %d gaps, flags %#x", ErrCorrupt, h.Count, h.gaps, h.flags)
	case badScale(h.PriceScale) || badScale(h.VolumeScale) || badScale(h.priceUnit) || badScale(h.volumeUnit):
		return fmt.Errorf("%w: scales %d and %d, units %d and %d", ErrCorrupt, h.PriceScale, h.VolumeScale, h.priceUnit, h.volumeUnit)
	case h.Interval <= 0 || h.First < -maxTime || h.Last > maxTime || h.First > h.Last:
		return fmt.Errorf("%w: interval %d from %d to %d", ErrCorrupt, h.Interval, h.First, h.Last)
	}
	return nil
}

func badScale(s int32) bool { return s < market.FreeScale || s > maxScale }

// checksum covers the whole block but the checksum itself.
func checksum(block []byte) uint32 {
	c := crc32.Update(0, castagnoli, block[:crcOffset])
	return crc32.Update(c, castagnoli, block[crcOffset+4:])
}
