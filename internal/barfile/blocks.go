package barfile

import (
	"bytes"
	"io"
)

const blockSize = 256 << 10

// blocks cuts a stream into blocks of whole lines. Every line that it returns ends
// in '\n'; the last line of the stream gets one if it has none.
type blocks struct {
	r     io.Reader
	buf   []byte
	begin int // buf[begin:end] is the unfinished line that the last block left
	end   int
	err   error
}

func newBlocks(r io.Reader) *blocks {
	return &blocks{r: r, buf: make([]byte, blockSize+1)}
}

// next returns the next block, which is valid until the call after, or io.EOF. After
// any other error the lines that were whole have been returned already.
func (b *blocks) next() ([]byte, error) {
	b.end = copy(b.buf, b.buf[b.begin:b.end])
	b.begin = 0
	b.fill()
	if b.err == io.EOF && b.end > 0 && b.buf[b.end-1] != '\n' {
		b.buf[b.end] = '\n'
		b.end++
	}
	last := bytes.LastIndexByte(b.buf[:b.end], '\n') + 1
	switch {
	case last > 0:
		b.begin = last
		return b.buf[:last], nil
	case b.err != nil:
		return nil, b.err
	}
	return nil, faultf("check that it is a CSV file", "a line is longer than %d bytes", blockSize)
}

// lines passes the lines of the stream on, without their '\n' and the mark at its start,
// and counts them in n. It ends with the first error of take; damage is met on line n+1.
func (b *blocks) lines(n *int, take func(line []byte) error) (damage *fault, err error) {
	for {
		block, err := b.next()
		if err == io.EOF {
			return nil, nil
		}
		if err != nil {
			return readFault(err), nil
		}
		if *n == 0 {
			block = bytes.TrimPrefix(block, []byte(byteOrderMark))
		}
		for len(block) > 0 {
			end := bytes.IndexByte(block, '\n')
			*n++
			if err := take(block[:end]); err != nil {
				return nil, err
			}
			block = block[end+1:]
		}
	}
}

// fill reads until the buffer is full but for one byte, or the stream ends.
func (b *blocks) fill() {
	for b.err == nil && b.end < blockSize {
		var n int
		n, b.err = b.r.Read(b.buf[b.end:blockSize])
		b.end += n
	}
}
