package published

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/internal/filelock"
	"github.com/signalman-trading/signalman/market"
)

// A Site is the archive on a web server. What it hands out is kept below Cache, and is
// not fetched again as long as it fits its checksum.
type Site struct {
	Base       string // https://data.binance.vision
	Cache      string // a directory of this archive alone
	NoChecksum bool   // do not ask for checksums
	Client     *http.Client
	Wait       func(ctx context.Context, d time.Duration) error // between two tries; nil sleeps

	// Read is told of every read of the body of a file: its bytes. It may be nil.
	Read func(n int)
}

const maxFile = 16 << 30 // bytes of a file

// NewSite returns the archive at an address. Errors are of class [market.Usage].
func NewSite(base, cache string) (*Site, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		shown := "it"
		if err == nil {
			shown = strconv.Quote(u.Redacted()) // without a password
		}
		return nil, &market.Error{Class: market.Usage, Err: fmt.Errorf("%s is no address of an archive", shown), Hint: "write one such as https://data.binance.vision"}
	}
	return &Site{Base: strings.TrimSuffix(base, "/"), Cache: cache, Client: client()}, nil
}

// client gives up on a server that does not answer. How long a body takes is no matter
// as long as it moves.
func client() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 15 * time.Second
	t.ResponseHeaderTimeout = 30 * time.Second
	t.DisableCompression = true // files are packed
	return &http.Client{Transport: t}
}

// Where implements [Archive].
func (s *Site) Where(f File) string { return s.Base + "/" + f.Path() }

// Get implements [Archive]. A file that has no CHECKSUM is an error, unless NoChecksum.
func (s *Site) Get(ctx context.Context, f File) (path string, verified bool, err error) {
	path = filepath.Join(s.Cache, filepath.FromSlash(f.Path()))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", false, diskError(err)
	}
	if s.NoChecksum {
		return path, false, s.alone(ctx, f, func() error { return s.fetch(ctx, f, path, func(string) error { return nil }) })
	}
	want, err := s.checksum(ctx, f)
	if errors.Is(err, ErrMissing) {
		return "", false, s.bare(ctx, f)
	}
	if err != nil {
		return "", false, err
	}
	check := func(path string) error { return verify(ctx, path, want) }
	return path, true, s.alone(ctx, f, func() error {
		err := check(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errChecksum) {
			err = s.fetch(ctx, f, path, check)
		}
		return err
	})
}

// lookAgain is how long to wait before another look whether somebody else is done.
const lookAgain = 100 * time.Millisecond

// alone does something while no other process fetches files of the same set.
func (s *Site) alone(ctx context.Context, f File, do func() error) error {
	name := filepath.Join(s.Cache, "locks", strings.ReplaceAll(path.Dir(f.Path()), "/", "-"))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return diskError(err)
	}
	lock, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return diskError(err)
	}
	defer lock.Close()
	for err = filelock.Take(lock); errors.Is(err, filelock.ErrHeld); err = filelock.Take(lock) {
		if err := s.wait(ctx, lookAgain); err != nil {
			return err
		}
	}
	if err != nil {
		return diskError(err)
	}
	return do()
}

// diskError makes the error of a file of this machine.
func diskError(err error) error {
	return &market.Error{Class: market.Failed, Err: err, Hint: "check that there is room on the disk, and that the directory of --data can be written"}
}

// checksum asks for the checksum of a file.
func (s *Site) checksum(ctx context.Context, f File) (c Checksum, err error) {
	where := s.Where(f) + ".CHECKSUM"
	var text []byte
	err = s.try(ctx, where, func(*http.Request) {}, func(r *http.Response) (err error) {
		text, err = io.ReadAll(io.LimitReader(r.Body, maxChecksum+1))
		return err
	})
	if err != nil {
		return c, err
	}
	if c, err = ParseChecksum(text, f.Name()); err != nil {
		return c, badChecksum(where, err)
	}
	return c, nil
}

// bare tells a file that is not there from one that has no checksum.
func (s *Site) bare(ctx context.Context, f File) error {
	where := s.Where(f)
	err := s.try(ctx, where, func(r *http.Request) { r.Method = http.MethodHead }, func(*http.Response) error { return nil })
	if err == nil {
		err = badChecksum(where, errors.New("there is no CHECKSUM beside it"))
	}
	return err
}

// fetch brings a file to path: whole, and as check wants it, or not at all. What a try
// left over is gone on with.
func (s *Site) fetch(ctx context.Context, f File, path string, check func(string) error) error {
	part := path + ".part"
	if s.NoChecksum { // nothing would tell that a rest is of another issue
		_ = os.Remove(part)
	}
	_, err := os.Stat(part)
	rest := err == nil
	for {
		if err := s.download(ctx, s.Where(f), part); err != nil {
			if info, e := os.Stat(part); e == nil && info.Size() == 0 {
				_ = os.Remove(part) // nothing came
			}
			return err
		}
		err := check(part)
		if err == nil {
			return take(part, path)
		}
		if !errors.Is(err, errChecksum) {
			return err
		}
		if err := os.Remove(part); err != nil {
			return err
		}
		if !rest {
			return s.named(err, f)
		}
		rest = false // it may have been that of another issue of the file
	}
}

// named makes an error about a file that is gone speak of where it came from.
func (s *Site) named(err error, f File) error {
	var e *market.Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	named.Where = s.Where(f)
	return &named
}

// take gives a file its name, for good.
func take(part, path string) error {
	f, err := os.Open(part)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return diskError(err)
	}
	return nil
}

// download appends what is missing to part.
func (s *Site) download(ctx context.Context, where, part string) error {
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return diskError(err)
	}
	defer out.Close()
	d := download{site: s, where: where, out: out}
	if d.at, err = out.Seek(0, io.SeekEnd); err != nil {
		return diskError(err)
	}
	return s.try(ctx, where, d.resume, d.take)
}

// A download is a file that comes in one or more tries.
type download struct {
	site  *Site
	where string
	out   *os.File
	at    int64 // bytes that are there
}

// resume asks for what is missing.
func (d *download) resume(r *http.Request) {
	if d.at > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.at))
	}
}

// take writes what came. A server that begins anew is followed; one that has nothing
// beyond what is there is done.
func (d *download) take(r *http.Response) error {
	if r.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return nil
	}
	if r.StatusCode != http.StatusPartialContent || !strings.HasPrefix(r.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", d.at)) {
		d.at = 0
	}
	if err := d.out.Truncate(d.at); err != nil {
		return diskError(err)
	}
	if r.StatusCode == http.StatusPartialContent && d.at == 0 {
		return errors.New("the server sent another part than was asked for")
	}
	n, err := io.Copy(io.NewOffsetWriter(d.out, d.at), io.LimitReader(r.Body, maxFile-d.at+1))
	d.at += n
	if err == nil && d.at > maxFile {
		return &market.Error{Class: market.Venue, Where: d.where, Err: fmt.Errorf("the file is longer than %d bytes", int64(maxFile))}
	}
	var disk *fs.PathError
	if errors.As(err, &disk) {
		return diskError(err)
	}
	return err
}
