package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"slices"
)

// A bbolt file lists the pages that it may write to, and trusts that list: one wrong bit
// in it, and what is put next overwrites other data. So the pages in use are counted
// before a file is opened for writing, and the list must be of all others. A list that is
// no list is made anew. Where a list is one, but of other pages, it cannot be told whether
// it is wrong or a page that should be in use is not found: that file is refused.

// A head is what counts of one of the two pages that the file begins with. A commit
// writes the one that is not current.
type head struct {
	raw                    [64]byte
	pageSize               int64  // in bytes
	root, list, high, txid uint64 // high is the first page that was never in use
	whole                  bool   // its checksum fits
}

const (
	noList     = ^uint64(0) // in place of the page of the list: it is to be made when opened
	headAt     = 16         // bytes of a page before what is on it
	branchPage = 1
	leafPage   = 2
	listPage   = 16
)

// readHead reads the head at an offset of the file.
func readHead(f io.ReaderAt, at int64) (h head) {
	if _, err := f.ReadAt(h.raw[:], at+headAt); err != nil {
		return head{}
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	_, _ = sum.Write(h.raw[:56])
	h.whole = order.Uint32(h.raw[:]) == 0xED0CDAED && order.Uint32(h.raw[4:]) == 2 && order.Uint64(h.raw[56:]) == sum.Sum64()
	h.pageSize = int64(order.Uint32(h.raw[8:]))
	h.root, h.list = order.Uint64(h.raw[16:]), order.Uint64(h.raw[32:])
	h.high, h.txid = order.Uint64(h.raw[40:]), order.Uint64(h.raw[48:])
	return h
}

// currentHead returns the head that counts, and whether the other one is whole too.
func currentHead(f io.ReaderAt, pageSize int64) (h head, both bool, err error) {
	a, b := readHead(f, 0), readHead(f, pageSize)
	switch {
	case !a.whole && !b.whole:
		return h, false, fmt.Errorf("%w: both of its heads are damaged", ErrCorrupt)
	case !a.whole || b.whole && b.txid > a.txid:
		return b, a.whole, nil
	}
	return a, b.whole, nil
}

// forgetList commits that there is no list of free pages: bbolt then makes it when it opens
// the file. Who does the same at the same time writes the same.
func forgetList(path string, h head) error {
	order := binary.NativeEndian
	order.PutUint64(h.raw[32:], noList)
	order.PutUint64(h.raw[48:], h.txid+1)
	sum := fnv.New64a()
	_, _ = sum.Write(h.raw[:56])
	order.PutUint64(h.raw[56:], sum.Sum64())
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(h.raw[:], int64(h.txid+1)%2*h.pageSize+headAt)
	return errors.Join(err, f.Sync(), f.Close())
}

// pages marks which pages of a file are accounted for.
type pages struct {
	f    io.ReaderAt
	size int64 // of a page, in bytes
	seen []bool
}

// checkPages checks that the pages of the buckets fit together and that those of the list of
// free pages are the others. It reports whether there is such a list.
func checkPages(f *os.File, h head) (listed bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if h.high > uint64(info.Size()/h.pageSize) {
		return false, fmt.Errorf("%w: it is cut short", ErrCorrupt)
	}
	p := &pages{f: f, size: h.pageSize, seen: make([]bool, h.high)}
	if err := p.visit(h.root); err != nil {
		return false, err
	}
	if h.list == noList {
		return true, nil // bbolt makes it
	}
	free := p.free(h.list)
	if free == nil {
		return false, nil
	}
	return true, p.others(free)
}

// mark accounts for n pages, each of which counts once.
func (p *pages) mark(id, n uint64) error {
	high := uint64(len(p.seen))
	if id < 2 || id >= high || n > high-id {
		return fmt.Errorf("%w: page %d is beyond its end", ErrCorrupt, id)
	}
	for i := id; i < id+n; i++ {
		if p.seen[i] {
			return fmt.Errorf("%w: page %d is in use twice", ErrCorrupt, i)
		}
		p.seen[i] = true
	}
	return nil
}

// open marks a page with what it overflows to, and returns the start of it, its kind, the
// number of its elements and its bytes in all.
func (p *pages) open(id uint64) (start []byte, kind uint16, n, size int64, err error) {
	start = make([]byte, p.size)
	if err := p.mark(id, 1); err != nil {
		return nil, 0, 0, 0, err
	}
	if _, err := p.f.ReadAt(start, int64(id)*p.size); err != nil {
		return nil, 0, 0, 0, err
	}
	order := binary.NativeEndian
	if order.Uint64(start) != id {
		return nil, 0, 0, 0, p.damaged(id)
	}
	more := order.Uint32(start[12:])
	if more > 0 {
		err = p.mark(id+1, uint64(more))
	}
	return start, order.Uint16(start[8:]), int64(order.Uint16(start[10:])), (int64(more) + 1) * p.size, err
}

func (p *pages) damaged(id uint64) error {
	return fmt.Errorf("%w: page %d is damaged", ErrCorrupt, id)
}

// read returns n bytes of a page at an offset, from its start where they are there.
func (p *pages) read(id uint64, start []byte, at, n int64) ([]byte, error) {
	if at+n <= int64(len(start)) {
		return start[at : at+n], nil
	}
	buf := make([]byte, n)
	_, err := p.f.ReadAt(buf, int64(id)*p.size+at)
	return buf, err
}

// visit goes through a page of a bucket and all below it.
func (p *pages) visit(id uint64) error {
	start, kind, n, size, err := p.open(id)
	if err != nil {
		return err
	}
	const element = 16 // bytes
	if kind != branchPage && kind != leafPage || headAt+n*element > size {
		return p.damaged(id)
	}
	list, err := p.read(id, start, headAt, n*element)
	if err != nil {
		return err
	}
	for i := int64(0); i < n; i++ {
		e, at := list[i*element:], headAt+i*element
		if kind == branchPage {
			err = p.branch(id, e, at, size)
		} else {
			err = p.leaf(id, start, e, at, size)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// branch goes to the page that an element, at an offset of its page, leads to.
func (p *pages) branch(id uint64, e []byte, at, size int64) error {
	order := binary.NativeEndian
	if at+int64(order.Uint32(e))+int64(order.Uint32(e[4:])) > size {
		return p.damaged(id)
	}
	return p.visit(order.Uint64(e[8:]))
}

// leaf goes to the pages of a bucket, where an element is one that has pages.
func (p *pages) leaf(id uint64, start, e []byte, at, size int64) error {
	order := binary.NativeEndian
	flags, length := order.Uint32(e), int64(order.Uint32(e[12:]))
	value := at + int64(order.Uint32(e[4:])) + int64(order.Uint32(e[8:]))
	if flags > 1 || value+length > size || flags == 1 && length < headAt {
		return p.damaged(id)
	}
	if flags == 0 {
		return nil
	}
	b, err := p.read(id, start, value, 8)
	if err != nil {
		return err
	}
	switch root := order.Uint64(b); {
	case root != 0:
		return p.visit(root)
	case length < 2*headAt: // its page is to follow
		return p.damaged(id)
	}
	return nil
}

// free returns the list of free pages, or nil where there is none on that page.
func (p *pages) free(id uint64) []uint64 {
	start, kind, n, size, err := p.open(id)
	if err != nil || kind != listPage {
		return nil
	}
	order, at := binary.NativeEndian, int64(headAt)
	if n == 0xFFFF { // more than it can say
		n, at = int64(order.Uint64(start[at:])), at+8
	}
	if n < 0 || n > (size-at)/8 {
		return nil
	}
	raw, err := p.read(id, start, at, n*8)
	if err != nil {
		return nil
	}
	list, last := make([]uint64, 0, n), uint64(1)
	for ; len(raw) > 0; raw = raw[8:] {
		id := order.Uint64(raw)
		if id <= last || id >= uint64(len(p.seen)) {
			return nil
		}
		list, last = append(list, id), id
	}
	return list
}

// others checks that the pages of a list are those that are not in use.
func (p *pages) others(free []uint64) error {
	for _, id := range free {
		if err := p.mark(id, 1); err != nil {
			return err
		}
	}
	if id := slices.Index(p.seen[2:], false); id >= 0 {
		return fmt.Errorf("%w: page %d is neither in use nor free", ErrCorrupt, id+2)
	}
	return nil
}
