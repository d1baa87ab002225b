package query
import ("testing";"math/rand/v2";"strings";"unicode";"golang.org/x/text/unicode/norm";"github.com/sessiondex/sessiondex/internal/fold")
func TestZZ(t *testing.T){
 var pool []rune
 for r:=rune(0x80); r<0x1ffff; r++ { p:=norm.NFC.PropertiesString(string(r)); if r>=0xd800&&r<0xe000 {continue}
  if p.CCC()>0 || p.Decomposition()!=nil || !p.BoundaryBefore() || unicode.Is(unicode.M,r) { pool=append(pool,r)} }
 for r:='a';r<'h';r++ {for range 100 {pool=append(pool,r)}}
 for range 60 { pool=append(pool, 0x1100,0x1161,0x11a8,0xac00,0xac01) }
 t.Log(len(pool))
 rg:=rand.New(rand.NewPCG(uint64(1),2))
 for i:=0;i<1500000;i++ { n:=rg.IntN(7); if i%100==0 {n=rg.IntN(120)}; rs:=make([]rune,n); for j:=range rs { rs[j]=pool[rg.IntN(len(pool))]; if i%200==0 { for norm.NFC.PropertiesString(string(rs[j])).CCC()==0 {rs[j]=pool[rg.IntN(len(pool))]} } }
  s:=string(rs); if i%50==0 && len(s)>0 { k:=rg.IntN(len(s)); s=s[:k]+"\xff"+s[min(k+1,len(s)):]}
  var b strings.Builder
  for _,p:=range foldSegments(s){b.Write(p)}
  if b.String()!=fold.String(s){ t.Errorf("%+q\n %+q\n %+q",s,fold.String(s),b.String()); if t.Failed() {return} }
 }
}
