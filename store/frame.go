package store

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
)

// A journal file is a preamble and then frames: length of the payload as
// little-endian uint32, type, payload, link. A link is the first 16 bytes of
// SHA-256(link before ‖ length ‖ type ‖ payload); that before the first frame is
// made of the preamble.
const (
	preamble   = "SMJRNL\x00\x01"
	headSize   = 5
	linkSize   = 16
	maxPayload = 16 << 20 // bytes
	minFrame   = headSize + linkSize
)

// The types of frames.
const (
	frameHeader  = 1
	frameInstant = 2
	frameFinish  = 3
)

type link [linkSize]byte

// firstLink is what the first frame is chained to.
func firstLink() (l link) {
	h := sha256.Sum256([]byte(preamble))
	copy(l[:], h[:])
	return l
}

// next returns the link of a frame, given all of it but its link.
func (l link) next(frame []byte) (n link) {
	h := sha256.New()
	h.Write(l[:])
	h.Write(frame)
	var sum [sha256.Size]byte
	copy(n[:], h.Sum(sum[:0]))
	return n
}

// appendFrame appends a frame to dst and returns its link.
func appendFrame(dst []byte, before link, kind byte, payload []byte) ([]byte, link) {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(payload)))
	dst = append(append(dst, kind), payload...)
	l := before.next(dst[start:])
	return append(dst, l[:]...), l
}

// A frameReader walks the frames of a journal.
type frameReader struct {
	r     *bufio.Reader
	at    int64 // where the next frame starts
	size  int64 // of the file
	chain link  // of the last frame
	buf   []byte
}

// newFrameReader checks the preamble.
func newFrameReader(r io.ReaderAt, size int64) (*frameReader, error) {
	f := &frameReader{r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 1<<16), size: size, chain: firstLink()}
	var have [len(preamble)]byte
	if _, err := io.ReadFull(f.r, have[:]); err != nil || string(have[:6]) != preamble[:6] {
		return nil, fmt.Errorf("%w: not a journal", ErrCorrupt)
	}
	if string(have[:]) != preamble {
		return nil, fmt.Errorf("%w: journal version %x, this program reads %x", ErrSchema, have[6:], preamble[6:])
	}
	f.at = int64(len(preamble))
	return f, nil
}

// next returns the next frame: io.EOF at the end, errTorn where no whole one
// follows. The payload is valid until the next call.
func (f *frameReader) next() (kind byte, payload []byte, err error) {
	left := f.size - f.at
	if left == 0 {
		return 0, nil, io.EOF
	}
	var head [headSize]byte
	if left < minFrame {
		return 0, nil, errTorn
	}
	if _, err := io.ReadFull(f.r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if n > maxPayload || n > left-minFrame || !knownFrame(head[4]) {
		return 0, nil, errTorn
	}
	f.buf = append(f.buf[:0], head[:]...)
	f.buf = append(f.buf, make([]byte, n+linkSize)...)
	if _, err := io.ReadFull(f.r, f.buf[headSize:]); err != nil {
		return 0, nil, err
	}
	body := f.buf[:headSize+n]
	l := f.chain.next(body)
	if string(l[:]) != string(f.buf[headSize+n:]) {
		return 0, nil, errTorn
	}
	f.chain = l
	f.at += int64(len(f.buf))
	return head[4], body[headSize:], nil
}

func knownFrame(kind byte) bool { return kind >= frameHeader && kind <= frameFinish }

// errTorn says that bytes follow which are no whole frame of the chain.
var errTorn = fmt.Errorf("%w: frame is not whole", ErrCorrupt)

const (
	maxTail   = 64 << 20  // how much of a file is searched for frames behind a bad one
	maxHashed = 256 << 20 // how many bytes the search may hash
)

// followed reports whether a whole frame stands anywhere behind the bad bytes at
// f.at: then they are damage inside the journal, and not a write cut short. It
// also says yes where it could not find out.
func (f *frameReader) followed(r io.ReaderAt) (bool, error) {
	if f.size-f.at > maxTail {
		return true, nil
	}
	tail := make([]byte, f.size-f.at)
	if _, err := r.ReadAt(tail, f.at); err != nil && err != io.EOF {
		return false, err
	}
	if f.heals(tail) {
		return true, nil
	}
	budget := maxHashed
	for p := linkSize; p+minFrame <= len(tail); p++ {
		n := bodySize(tail[p:])
		if n < 0 {
			continue
		}
		if budget -= n; budget < 0 {
			return true, nil
		}
		if linked(link(tail[p-linkSize:p]), tail[p:], n) {
			return true, nil
		}
	}
	return false, nil
}

// heals reports whether only the link of the first frame of tail is damaged: the
// next one is chained to what that should be.
func (f *frameReader) heals(tail []byte) bool {
	n := bodySize(tail)
	if n < 0 || len(tail) < n+linkSize {
		return false
	}
	next := tail[n+linkSize:]
	m := bodySize(next)
	return m >= 0 && linked(f.chain.next(tail[:n]), next, m)
}

// bodySize returns the length of the frame that b starts with, without its link,
// or -1 where no whole one can stand there.
func bodySize(b []byte) int {
	if len(b) < minFrame || !knownFrame(b[4]) {
		return -1
	}
	n := int64(binary.LittleEndian.Uint32(b))
	if n > maxPayload || n > int64(len(b)-minFrame) {
		return -1
	}
	return headSize + int(n)
}

// linked reports whether b starts with a frame of n bytes that is chained to l.
func linked(l link, b []byte, n int) bool {
	have := l.next(b[:n])
	return string(have[:]) == string(b[n:n+linkSize])
}
