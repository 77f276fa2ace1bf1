package backtest_test
import ("testing";"math/rand/v2";"fmt")
func TestZZ(t *testing.T){
 n:=map[string]int{}
 for seed := range uint64(500) {
  c := draw(rand.New(rand.NewPCG(seed, 1)))
  o := c.oracle()
  for _,a := range o.orders { n[a.status+" "+a.reason]++; n[fmt.Sprint(a.side," fills ",len(a.fills))]++; if len(a.fills)>0 && floor(a.fills[0].quantity,rat("1")).Cmp(rat("45000000"))>0 {n["huge"]++} }
  n["trades"]+=len(o.trades); if o.dust.Sign()>0 {n["dust"]++}
  if o.trade!=nil && o.held.Cmp(o.step)<0 {n["stuck"]++}
  b:=c.quotes()
  for i:=c.slow;i<len(b);i++ { if o.order(b[:i+1])==0 {n["tie"]++} }
 }
 fmt.Println(n)
}
