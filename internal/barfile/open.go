package barfile

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/signalman-trading/signalman/market"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// A source is an input before decompression.
type source struct {
	name string
	r    io.Reader
	at   io.ReaderAt // the same bytes by offset, or nil
	size int64       // of the input in bytes, or 0 where unknown
}

// fromReader makes a source of a reader, which need not be a file.
func fromReader(r io.Reader, name string) source {
	if name == "" {
		name = "input"
	}
	s := source{name: name, r: r}
	if n, ok := r.(interface{ Len() int }); ok {
		s.size = int64(n.Len())
	}
	return s
}

// fromFile opens a file; the caller closes it.
func fromFile(name string) (source, *os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return source{}, nil, fileError(name, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("this is a directory")
	}
	if err != nil {
		f.Close()
		return source{}, nil, fileError(name, err)
	}
	if !info.Mode().IsRegular() {
		return source{name: name, r: f}, f, nil
	}
	return source{name: name, r: f, at: f, size: info.Size()}, f, nil
}

// metered tells progress of what is read.
func (s source) metered(progress func(int64)) source {
	if progress == nil {
		return s
	}
	m := &meter{r: s.r, at: s.at, progress: progress}
	s.r = m
	if s.at != nil {
		s.at = m
	}
	return s
}

type meter struct {
	r        io.Reader
	at       io.ReaderAt
	n        int64
	progress func(int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.count(n)
	return n, err
}

func (m *meter) ReadAt(p []byte, off int64) (int, error) {
	n, err := m.at.ReadAt(p, off)
	m.count(n)
	return n, err
}

func (m *meter) count(n int) {
	m.n += int64(n)
	m.progress(m.n)
}

// fileError says what a system call on a file met, and names the file once.
func fileError(name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = fmt.Errorf("cannot %s: %w", p.Op, p.Err)
	}
	return &market.Error{Class: market.Data, Where: name, Err: err, Hint: "check the path"}
}

// A stream is a source after decompression.
type stream struct {
	io.Reader
	at    io.ReaderAt // the same bytes by offset, where they lie so on the disk
	size  int64       // a guess at the bytes to come, or 0
	close func()
}

var errDamaged = errors.New("the archive is damaged or cut short")

// asLines turns a stream of JSON into lines, and leaves others as they are.
func (s *stream) asLines(r *rejects) *fault {
	switch head := s.peek(); {
	case bytes.HasPrefix(head, []byte("[")):
		s.Reader, r.rows = newJSONLines(s.Reader), true
	case bytes.HasPrefix(head, []byte("{")):
		return faultf(jsonHint, "the file is a JSON object")
	}
	return nil
}

// peek returns the first bytes after spaces, without reading them.
func (s *stream) peek() []byte {
	b := bufio.NewReaderSize(s.Reader, 512)
	head, _ := b.Peek(64) // an error comes back when it is read
	s.Reader = b
	return bytes.TrimLeft(bytes.TrimPrefix(head, []byte(byteOrderMark)), " \t\r\n")
}

// open finds how a source is compressed by its first bytes.
func (s source) open() (*stream, *fault) {
	head := make([]byte, 64)
	n, err := io.ReadFull(s.r, head)
	head = head[:n]
	all := io.MultiReader(bytes.NewReader(head), s.r)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		all = io.MultiReader(bytes.NewReader(head), failing{err})
	}
	for _, c := range compressions {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return c.open(s, all, head)
		}
	}
	return &stream{Reader: all, at: s.at, size: s.size, close: func() {}}, nil
}

// failing gives back an error that was met.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

var compressions = []struct {
	magic string
	open  func(s source, r io.Reader, head []byte) (*stream, *fault)
}{
	{"\x1f\x8b", openGzip},
	{"\x28\xb5\x2f\xfd", openZstd},
	{"PK\x03\x04", openZip},
	{"PK\x05\x06", openZip},
	{"\xfd7zXZ\x00", openXz},
	{"BZh", refuse("bzip2")},
	{"\x04\x22\x4d\x18", refuse("lz4")},
}

func refuse(kind string) func(source, io.Reader, []byte) (*stream, *fault) {
	return func(source, io.Reader, []byte) (*stream, *fault) {
		return nil, faultf("unpack it, or pack it as .gz, .zst, .xz or .zip", "the file is %s compressed", kind)
	}
}

func openGzip(s source, r io.Reader, _ []byte) (*stream, *fault) {
	in := &counter{r: r}
	z, err := gzip.NewReader(in)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, readFault(in.blame(err))
	}
	return &stream{Reader: &bounded{r: z, in: in}, size: s.guess(s.gzipSize()), close: func() {}}, nil
}

// gzipSize reads the length that a gzip file ends with; it is a guess only.
func (s source) gzipSize() uint64 {
	var tail [4]byte
	if s.at == nil || s.size < 18 {
		return 0
	}
	if _, err := s.at.ReadAt(tail[:], s.size-4); err != nil {
		return 0
	}
	return uint64(binary.LittleEndian.Uint32(tail[:]))
}

// guess keeps what an archive says of its size within reason.
func (s source) guess(claimed uint64) int64 {
	return int64(min(claimed, uint64(s.size)*20))
}

func openZstd(s source, r io.Reader, head []byte) (*stream, *fault) {
	in := &counter{r: r}
	z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, readFault(err)
	}
	var h zstd.Header
	if h.Decode(head) != nil || !h.HasFCS {
		h.FrameContentSize = 0
	}
	return &stream{Reader: &bounded{r: z, in: in}, size: s.guess(h.FrameContentSize), close: z.Close}, nil
}

// maxWindow is how far back an archive may refer, in bytes: so much memory it takes.
const maxWindow = 128 << 20

func openXz(_ source, r io.Reader, head []byte) (*stream, *fault) {
	if w := xzWindow(head); w > maxWindow {
		return nil, faultf("unpack it first if it is what you expect", "the xz archive needs %d MiB of memory", w>>20)
	}
	in := &counter{r: r}
	z, err := xz.NewReader(bufio.NewReader(in))
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, readFault(in.blame(err))
	}
	return &stream{Reader: &bounded{r: z, in: in}, size: 0, close: func() {}}, nil
}

// xzWindow returns the window that the first block of an xz archive asks for, or 0 where
// the header is not read so easily.
func xzWindow(head []byte) int64 {
	const start = 12 // of the block, after the header of the stream
	if len(head) < start+2 {
		return 0
	}
	flags, rest := head[start+1], head[start+2:]
	for _, present := range []byte{0x40, 0x80} { // sizes
		if _, n := binary.Uvarint(rest); flags&present != 0 {
			rest = rest[max(n, 0):]
		}
	}
	if len(rest) < 3 || rest[0] != 0x21 || rest[1] != 1 {
		return 0
	}
	w, err := lzma.DecodeDictCap(rest[2])
	if err != nil {
		return 0
	}
	return w
}

func openZip(s source, r io.Reader, _ []byte) (*stream, *fault) {
	if s.at == nil {
		b, err := io.ReadAll(io.LimitReader(r, maxZip+1))
		if err != nil {
			return nil, readFault(err)
		}
		if len(b) > maxZip {
			return nil, faultf("save it as a file first", "the zip is larger than %d bytes", maxZip)
		}
		s.at, s.size = bytes.NewReader(b), int64(len(b))
	}
	z, err := zip.NewReader(s.at, s.size)
	if err != nil {
		return nil, readFault(fmt.Errorf("%w: %w", errDamaged, err))
	}
	return s.openEntry(z)
}

// openEntry opens the only .csv or .json of a zip.
func (s source) openEntry(z *zip.Reader) (*stream, *fault) {
	var found []*zip.File
	for _, f := range z.File {
		if ext := strings.ToLower(path.Ext(f.Name)); (ext == ".csv" || ext == ".json") && !f.FileInfo().IsDir() && !isShadow(f.Name) {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		return nil, faultf("pack one file a zip", "the zip holds %d .csv or .json files where 1 is expected", len(found))
	}
	f := found[0]
	if f.Flags&1 != 0 || f.CompressedSize64 > uint64(s.size) {
		return nil, faultf("unpack it first", "the zip is encrypted or damaged")
	}
	r, err := f.Open()
	if err != nil {
		return nil, readFault(fmt.Errorf("%w: %w", errDamaged, err))
	}
	in := &counter{n: int64(f.CompressedSize64)}
	return &stream{Reader: &bounded{r: r, in: in}, size: s.guess(f.UncompressedSize64), close: func() { r.Close() }}, nil
}

// isShadow reports whether an entry holds what macOS notes of the file of the same name.
func isShadow(name string) bool {
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), "._")
}

// readFault blames the input for an error of a reader.
func readFault(err error) *fault {
	var f *fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, errDamaged):
		return faultf("fetch or pack it again", "%w", err)
	}
	return faultf("", "cannot read: %w", err)
}

// Error lets a fault pass through an io.Reader.
func (f *fault) Error() string { return f.err.Error() }

// counter counts the compressed bytes, and keeps the error of their reader.
type counter struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != io.EOF {
		c.err = err
	}
	return n, err
}

// blame tells an error of the reader below from a damaged archive.
func (c *counter) blame(err error) error {
	if err == nil || err == io.EOF || c.err != nil {
		return err
	}
	return fmt.Errorf("%w: %w", errDamaged, err)
}

// bounded ends an archive that grows beyond reason.
type bounded struct {
	r  io.Reader
	in *counter
	n  int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	if b.n > maxExpanded || b.n > ratioFrom && b.n/maxRatio > b.in.n {
		return 0, faultf("unpack it first if it is what you expect", "the archive grows to more than %d MiB from %d bytes", b.n>>20, b.in.n)
	}
	return n, b.in.blame(err)
}
