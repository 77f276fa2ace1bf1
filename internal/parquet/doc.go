// Package parquet reads and writes bars as Parquet files.
//
// There are only a few types: [Scan] reads, [Write] and a [Writer] write. Which columns
// count is said by package frame.
//
// # Reading
//
// Pages may be compressed with Snappy, gzip, Zstandard or LZ4, or not at all, and encoded
// plainly, with a dictionary, by differences or split into streams of bytes. Columns may
// be timestamps, dates, integers, floats, decimals, and the INT96 timestamps of old
// programs. Others, and nested ones, are passed over. One page of each column is in
// memory at a time, and a page is at most 64 MiB: a file of any size, and one that lies
// about its sizes, needs no more.
//
// # Writing
//
// The columns are date (timestamp of milliseconds, UTC), open, high, low, close and volume
// (double), without nulls, in pages compressed with Zstandard.
//
// # Caveats
//
// Encrypted files and files that keep columns in other files are refused, and so are
// pages compressed with Brotli or LZO. Checksums of pages are checked where there are
// any. Bars are not checked. NaN stands for a null number; a null time is an error.
package parquet
