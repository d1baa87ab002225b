package oracle_test
import ("testing";"math/rand/v2";"os";"strconv"
"github.com/stretchr/testify/require"
"github.com/sessiondex/sessiondex"
"github.com/sessiondex/sessiondex/internal/corpus"
"github.com/sessiondex/sessiondex/internal/oracle"
)
func TestAdhoc(t *testing.T){
 seeds:=20; if v:=os.Getenv("SEEDS");v!="" {seeds,_=strconv.Atoi(v)}
 hits,pages:=0,0
 for seed:=range uint64(seeds) {
  rng:=rand.New(rand.NewPCG(seed,1))
  e,err:=sessiondex.New(nil); require.NoError(t,err)
  var o oracle.Oracle
  for step:=range 60 {
   switch rng.IntN(4){
   case 0,1: b:=corpus.Tiny(rng,1+rng.IntN(60)); require.NoError(t,e.Put(b...)); o.Put(b...)
   case 2: if step>10 { b:=corpus.Tiny(rng,300); require.NoError(t,e.Put(b...)); o.Put(b...)}
   case 3: id:=corpus.TinyID(rng.IntN(200)); n,err:=e.Delete(id); require.NoError(t,err); require.Equal(t,o.Delete(id),n)
   }
   require.Equal(t,o.Len(),e.Len())
   for range 20 {
    q:=corpus.RandomQuery(rng)
    want:=o.List(q); got,err:=e.List(t.Context(),q); require.NoError(t,err)
    got.NextCursor,got.PrevCursor="",""
    require.Equal(t,want,got,"seed %d step %d %+v",seed,step,q)
    pages++; if want.Total>0 {hits++}
    if rng.IntN(4)==0 { wf:=o.Facets(q); gf,err:=e.Facets(t.Context(),q); require.NoError(t,err); require.Equal(t,wf,gf,"seed %d %+v",seed,q) }
   }
  }
  require.NoError(t,e.Close())
 }
 t.Log(pages,hits)
}
