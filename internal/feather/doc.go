// Package feather reads and writes bars as Arrow IPC files, also called Feather V2:
// what pandas' to_feather, polars' write_ipc and freqtrade write.
//
// There are only a few types: [Scan] reads, [Write] and a [Writer] write. Which columns
// count is said by package frame.
//
// # Reading
//
// Record batches may be compressed with LZ4 or Zstandard or not at all. Columns may be
// timestamps, dates, integers, floats of 32 and 64 bits and decimals; others are passed
// over. Every value is read as a stream, so a file of any size, and one that lies about
// its sizes, needs memory for one chunk of rows.
//
// # Writing
//
// The columns are date (timestamp of milliseconds, UTC), open, high, low, close and
// volume (double), without nulls, in batches compressed as LZ4 frames: what pyarrow
// writes for freqtrade. No pandas metadata is needed: the schema gives pandas its types,
// and without an index column it counts the rows.
//
// # Caveats
//
// Feather V1 and Arrow streams are refused, and big-endian files. Bars are not checked.
// NaN stands for a null number; a null time is an error.
package feather
