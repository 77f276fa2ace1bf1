package arch

import (
	"go/types"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// TestBannedConstructsAreReported runs the real policy over small packages. A
// comment "want x" expects a finding with x on its line; all others are errors.
func TestBannedConstructsAreReported(t *testing.T) {
	imports := importsOf(t, "context", "fmt", "maps", "math", "math/rand/v2", "reflect", "slices", "sort", "sync", "time", decimalPath)
	for name, text := range map[string]string{
		"concurrency": concurrency, "clock": clock, "chance": chance, "order": order, "maths": maths,
		"money": money, "fusion": fusions, "terminal": terminal, "clean": clean,
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, text, lintText(t, "engine/engine.go", text, imports))
		})
	}
}

const decimalPath = "github.com/shopspring/decimal"

const concurrency = `package engine
import "sync"
func f(in []int) {
	c := make(chan int) // want channel
	go f(nil)           // want go statement
	select {}           // want select
	c <- 1              // want send
	<-c                 // want receive
	for range c {       // want range over a channel
	}
	var w sync.WaitGroup // want one thread
	w.Wait()
}
`

const clock = `package engine
import ("context"; "time")
type clock struct { now func() time.Time }
func f(ctx context.Context, at time.Time) {
	c := clock{now: time.Now} // want time.Now
	_ = time.Since(c.now())   // want time.Since
	time.Sleep(time.Second)   // want time.Sleep
	time.NewTimer(1)          // want time.NewTimer
	time.After(1)             // want time.After
	_ = at.Local()            // want zone of the machine
	_ = time.Unix(0, 1)       // want zone of the machine
	_ = time.Unix(0, 1).UTC()
	_, _ = context.WithTimeout(ctx, 1) // want wall clock
}
`

const chance = `package engine
import "math/rand/v2"
func f() float64 {
	r := rand.New(rand.NewPCG(1, 2))
	_ = rand.IntN(6)       // want seed
	_ = r.NormFloat64()    // want math.Exp
	return r.Float64()
}
`

const order = `package engine
import ("maps"; "reflect"; "slices"; "sort")
type table map[string]int
func f(m table, r reflect.Value) (names []string, sum int) {
	for k := range m { // want range over a map
		sum += len(k)
	}
	for k := range m {
		names = append(names, k)
	}
	sort.Strings(names)
	var rows []int
	for _, v := range m { // want range over a map
		rows = append(rows, len(names)+f2(v))
	}
	sort.Ints(rows)
	for _, v := range m { // want range over a map
		rows = append(rows, v)
	}
	sum++
	sort.Ints(rows)
	for _, v := range m { //order-free: integers add up to the same sum in any order
		sum += v
	}
	for range m {
		sum++
	}
	names = slices.Sorted(maps.Keys(m))
	names = slices.Collect(maps.Keys(m)) // want maps.Keys
	_ = r.MapKeys()                      // want reflect.Value.MapKeys
	return
}
func f2(n int) int { return n }
func generic[M ~map[string]int](m M) (out []string) {
	for k := range m { // want range over a map
		out = append(out, k)
	}
	return out
}
`

const maths = `package engine
import m "math"
var log = m.Log // want math.Log
func f(x float64) float64 {
	x = m.Sqrt(x) + m.Abs(x) + m.Pi + m.MaxInt8
	x = m.Pow(x, 2)    // want math.Pow
	x = m.FMA(x, x, x) // want math.FMA
	return m.Exp(x)    // want math.Exp
}
`

const money = `package engine
import "github.com/shopspring/decimal"
func f(a, b decimal.Decimal) float64 {
	_ = a.Mul(b).Add(a)
	_ = a.Div(b)                 // want market.Divide
	_ = a.DivRound(b, 2)         // want market.Divide
	_, _ = a.QuoRem(b, 2)        // want market.Divide
	_ = decimal.Decimal.Mod      // want market.Divide
	_ = decimal.Avg(a, b)        // want market.Divide
	_ = decimal.NewFromFloat(1)  // want crossing
	decimal.DivisionPrecision = 2 // want global
	return a.InexactFloat64()    // want crossing
}
`

const fusions = `package engine
type acc struct { sum, last float64 }
func product(x, y float64) float64 { return (x * y) }
func rounded(x, y float64) float64 { return float64(x * y) }
func number[T int | float64](x, y T) T { return x*y + x } // want x * y
func f(x, y, z float64, a *acc, n int) float64 {
	_ = x*y + z            // want x * y
	_ = z - (x * y)        // want x * y
	_ = -(x * y) - z       // want x * y
	z += x * y             // want x * y
	t := x * y
	u := t
	_ = z + u              // want u is
	a.last = x * y
	a.sum += a.last        // want a.last
	power := x
	power *= y
	_ = power + 1          // want power
	_ = product(x, y) + z  // want product(x, y)
	_ = rounded(x, y) + z
	_ = float64(x*y) + z
	_ = x*y/z + z
	_ = n*n + n
	const k = 2.0*3.0 + 1
	return z*k
}
`

const terminal = `package engine
import "fmt"
func f() string {
	fmt.Println() // want terminal
	return fmt.Sprint()
}
`

const clean = `package engine
import ("errors"; "slices"; "time")
const day = 24 * time.Hour
func f(list []int) error {
	for range list {
		slices.Sort(list)
	}
	return errors.New("no")
}
`

func TestBannedImportsAreReported(t *testing.T) {
	const text = `package engine
import (
	"crypto/sha256"
	_ "net/http"                // want no network
	_ "os"                      // want no input
	_ "os/exec"                 // want no input
	_ "math/rand"               // want seed
	_ "testing"                 // want for tests only
	_ "unsafe"                  // want cannot be checked
	_ "github.com/acme/surprise" // want not among the modules
)
var _ = sha256.Size
`
	imports := importsOf(t, "crypto/sha256")
	findings := lintText(t, "engine/engine.go", text, imports)
	expect(t, text, withoutTypes(findings))
	exempt := lintText(t, "risk/risktest/suite.go", "package risktest\nimport (\"os\"; \"testing\")\nvar _, _ = os.Args, testing.Short\n", importsOf(t, "os", "testing"))
	expect(t, "", exempt)
}

// withoutTypes leaves out that stubbed imports have no export data.
func withoutTypes(found []finding) []finding {
	var rest []finding
	for _, f := range found {
		if !strings.Contains(f.why, "cannot be type-checked") {
			rest = append(rest, f)
		}
	}
	return rest
}

func TestOrderFreeNeedsAReason(t *testing.T) {
	const text = "package engine\nfunc f(m map[int]int) (n int) {\n\t//order-free:\n\tfor _, v := range m {\n\t\tn += v\n\t}\n\treturn n\n}\n"
	found := lintText(t, "engine/engine.go", text, importsOf(t, "time"))
	if len(found) != 2 || !strings.Contains(found[0].String(), "engine/engine.go:3:2: order-free without a reason") {
		t.Errorf("want the comment and the loop, have %v", found)
	}
}

func TestTheCrossingMayCross(t *testing.T) {
	const text = "package market\nimport \"github.com/shopspring/decimal\"\nfunc Float(d decimal.Decimal) float64 { return d.Div(d).InexactFloat64() }\n"
	imports := importsOf(t, decimalPath)
	expect(t, "", lintText(t, "market/quantise.go", text, imports))
	if found := lintText(t, "market/fee.go", text, imports); len(found) != 2 {
		t.Errorf("want two findings outside quantise.go, have %v", found)
	}
}

func TestWhatCannotBeCheckedFails(t *testing.T) {
	imports := importsOf(t, "time")
	for _, text := range []string{
		"package engine\nvar x int = \"no\"\n",
		"package engine\nimport _ \"example.org/absent\"\n",
	} {
		found := lintText(t, "engine/engine.go", text, imports)
		if len(found) == 0 || !strings.Contains(found[0].why, "cannot be type-checked") {
			t.Errorf("want that %q cannot be type-checked, have %v", text, found)
		}
	}
	tree := parse(t, map[string]string{"engine/engine.go": "package engine\n", "engine/engine_plan9.go": "package engine\n"})
	l := listing{"example.org/m/engine": {GoFiles: []string{"engine.go"}}}
	if found := tree.checkBuilt("engine", l); len(found) != 1 || found[0].at != "engine/engine_plan9.go" {
		t.Errorf("want that the hidden file is reported, have %v", found)
	}
	if found := tree.checkBuilt("engine", listing{}); len(found) != 1 {
		t.Errorf("want that the missing package is reported, have %v", found)
	}
}

func TestTableOfBansMustParse(t *testing.T) {
	for _, table := range []string{"time Now", "time: why", "time Now:"} {
		if _, err := parseBans(table); err == nil {
			t.Errorf("%q parses", table)
		}
	}
}

// importsOf returns an importer for packages of the standard library and of modules
// that this one requires.
func importsOf(t *testing.T, packages ...string) func(*tree) types.Importer {
	t.Helper()
	l, err := list(root, append(packages, "errors")...)
	if err != nil {
		t.Fatal(err)
	}
	return func(tree *tree) types.Importer { return l.importer(tree.fset) }
}

// lintText applies the policy to one file.
func lintText(t *testing.T, name, text string, imports func(*tree) types.Importer) []finding {
	t.Helper()
	tree := parse(t, map[string]string{name: text})
	u, found := tree.check(tree.sources[0].dir, imports(tree))
	return append(found, tree.lint([]*unit{u}, determinism(t))...)
}

// parse parses a module of the given files.
func parse(t *testing.T, files map[string]string) *tree {
	t.Helper()
	fsys := fstest.MapFS{"go.mod": {Data: []byte("module example.org/m\n")}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tree, err := parseTree(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// expect compares findings with the want comments of a text.
func expect(t *testing.T, text string, found []finding) {
	t.Helper()
	wanted := map[int]string{}
	for i, line := range strings.Split(text, "\n") {
		if _, want, ok := strings.Cut(line, "// want "); ok {
			wanted[i+1] = want
		}
	}
	position := regexp.MustCompile(`^[^:]+:(\d+):\d+$`)
	for _, f := range found {
		line := 0
		if m := position.FindStringSubmatch(f.at); m != nil {
			line = atoi(m[1])
		}
		if want, ok := wanted[line]; !ok || !strings.Contains(f.why, want) {
			t.Errorf("unexpected finding: %v", f)
			continue
		}
		delete(wanted, line)
	}
	for line, want := range wanted {
		t.Errorf("line %d: no finding with %q", line, want)
	}
}

func atoi(digits string) (n int) {
	for _, d := range digits {
		n = 10*n + int(d-'0')
	}
	return n
}
