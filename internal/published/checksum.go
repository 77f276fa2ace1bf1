package published

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/signalman-trading/signalman/market"
)

// A Checksum is the SHA-256 of a file.
type Checksum [sha256.Size]byte

// String returns it in hexadecimal digits.
func (c Checksum) String() string { return hex.EncodeToString(c[:]) }

// maxChecksum bounds the bytes of a CHECKSUM file.
const maxChecksum = 4096

// ParseChecksum reads the content of NAME.zip.CHECKSUM: one line as sha256sum prints it,
// for the file of that name.
func ParseChecksum(b []byte, name string) (c Checksum, err error) {
	if len(b) > maxChecksum {
		return c, fmt.Errorf("a checksum of %d bytes, where %d are the most", len(b), maxChecksum)
	}
	fields := bytes.Fields(b)
	switch {
	case len(fields) != 2:
		return c, fmt.Errorf("%.80q is not a checksum and the name of a file", b)
	case string(bytes.TrimPrefix(fields[1], []byte("*"))) != name:
		return c, fmt.Errorf("the checksum is that of %.80q", fields[1])
	case hex.DecodedLen(len(fields[0])) != len(c):
		return c, fmt.Errorf("%.80q is no SHA-256", fields[0])
	}
	if _, err := hex.Decode(c[:], fields[0]); err != nil {
		return c, fmt.Errorf("%.80q is no SHA-256", fields[0])
	}
	return c, nil
}

// errChecksum is what an error wraps where a file is not what was published.
var errChecksum = errors.New("wrong checksum")

// verify compares a file with its checksum. It stops with ctx.
func verify(ctx context.Context, path string, want Checksum) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, reader{ctx, f}); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if got := Checksum(h.Sum(nil)); got != want {
		return &market.Error{
			Class: market.Data, Where: path, Err: fmt.Errorf("%w: expected SHA-256 %s, found %s", errChecksum, want, got),
			Hint: "fetch it again, or take it as it is with --no-checksum: files are issued anew from time to time",
		}
	}
	return nil
}

// A reader stops with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements [io.Reader].
func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
