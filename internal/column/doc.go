// Package column packs bars into blocks and unpacks them.
//
// There are only a few types. A block is a []byte that [Encode] makes of up to
// [MaxRows] rows of [market.Columns] and [Decode] appends to others; a [Header]
// is what its first bytes say. docs/format.md describes every byte.
//
// Prices and volumes are stored as integers on a decimal grid: an open as the
// distance to the close before it, a close as the distance to its open, a high
// and a low as the distances beyond the two. They are bit-packed in frames of 128
// rows with one width for each field and frame, in the unit that makes the frame
// smallest. The few values that are not on its grid are patches: how far they are
// from what the grid has there. Columns that are on no grid are stored as raw
// float64.
//
// # Caveats
//
// A block reproduces every float64 bit for bit, which is tested for each value
// when it is written: what a grid does not hold is a patch or raw. Decode shares no
// memory with the block, so blocks may lie in a memory map. The functions keep no
// state and may be called concurrently, except on the same Columns.
package column
