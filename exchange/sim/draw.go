package sim

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/signalman-trading/signalman/market"
)

// draw returns a number in [0, 1) that depends on the seed, the order and the number
// of the fill alone, never on what was drawn before (semantics X12).
func draw(seed uint64, id market.OrderID, n uint32) float64 {
	var b []byte
	b = binary.LittleEndian.AppendUint64(b, seed)
	b = binary.LittleEndian.AppendUint32(b, id.Sequence)
	b = binary.LittleEndian.AppendUint32(b, n)
	sum := sha256.Sum256(append(b, id.Strategy...))
	return float64(binary.LittleEndian.Uint64(sum[:8])>>11) / (1 << 53)
}
