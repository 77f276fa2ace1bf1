package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// How pages are compressed, as numbered by Parquet.
const (
	codecNone    = 0
	codecSnappy  = 1
	codecGzip    = 2
	codecLZ4Old  = 5 // framed as Hadoop does, or not
	codecZstd    = 6
	codecLZ4     = 7
	maxPage      = 64 << 20 // bytes of a page
	maxLZ4Growth = 255      // an LZ4 block cannot grow more
	// maxSnappyGrowth: at most 64 bytes come of three.
	maxSnappyGrowth = 22
)

// unpack returns what is packed in a page, which has size bytes. No more than that is
// ever held, and no more than the packed bytes can hold.
func unpack(codec int, packed []byte, size int) ([]byte, error) {
	if size > maxPage {
		return nil, fmt.Errorf("a page has %d bytes where %d is the most", size, maxPage)
	}
	var b []byte
	var err error
	switch codec {
	case codecNone:
		b = packed
	case codecSnappy:
		var n int
		if n, err = snappy.DecodedLen(packed); err == nil && n == size && size/maxSnappyGrowth <= len(packed) {
			b, err = snappy.Decode(nil, packed)
		}
	case codecGzip:
		b, err = unpackGzip(packed, size)
	case codecZstd:
		b, err = unpackZstd(packed, size)
	case codecLZ4:
		b, err = unpackLZ4(packed, size)
	case codecLZ4Old:
		if b, err = unpackHadoop(packed, size); err != nil {
			b, err = unpackLZ4(packed, size)
		}
	default:
		return nil, fmt.Errorf("it is compressed in way %d of Parquet, which is not read: use zstd, snappy, gzip or lz4", codec)
	}
	if err != nil {
		return nil, fmt.Errorf("a page cannot be unpacked: %w", err)
	}
	if len(b) != size {
		return nil, fmt.Errorf("a page has another size than its %d bytes", size)
	}
	return b, nil
}

func unpackGzip(packed []byte, size int) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, int64(size)+1))
}

func unpackZstd(packed []byte, size int) ([]byte, error) {
	z, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(2*maxPage))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	return io.ReadAll(io.LimitReader(z, int64(size)+1))
}

func unpackLZ4(packed []byte, size int) ([]byte, error) {
	if size/maxLZ4Growth > len(packed) {
		return nil, io.ErrUnexpectedEOF
	}
	b := make([]byte, size)
	n, err := lz4.UncompressBlock(packed, b)
	return b[:max(n, 0)], err
}

// unpackHadoop unpacks blocks of LZ4, each behind its size and its packed size.
func unpackHadoop(packed []byte, size int) ([]byte, error) {
	var all []byte
	for len(packed) > 0 {
		if len(packed) < 8 {
			return nil, io.ErrUnexpectedEOF
		}
		whole, n := int(binary.BigEndian.Uint32(packed)), int(binary.BigEndian.Uint32(packed[4:]))
		packed = packed[8:]
		if n > len(packed) || whole > size-len(all) {
			return nil, io.ErrUnexpectedEOF
		}
		b, err := unpackLZ4(packed[:n], whole)
		if err != nil {
			return nil, err
		}
		all = append(all, b...)
		packed = packed[n:]
	}
	return all, nil
}
