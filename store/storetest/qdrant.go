//go:build linux

package storetest

import (
	"cmp"
	"context"
	"math"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Qdrant is a double of the few calls of Qdrant that store makes. It keeps
// points in memory, also while it is killed, and searches through all of them.
type Qdrant struct {
	URL string

	t       testing.TB
	address string
	server  *grpc.Server

	mu          sync.Mutex
	collections map[string]*qdrantCollection
}

type qdrantCollection struct {
	created *qdrant.CreateCollection
	points  map[string]*qdrant.PointStruct
}

// NewQdrant starts a double that has nothing in it.
func NewQdrant(t testing.TB) *Qdrant {
	q := &Qdrant{t: t, collections: make(map[string]*qdrantCollection)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	q.address = listener.Addr().String()
	q.URL = "qdrant://" + q.address
	q.serve(listener)
	t.Cleanup(q.Kill)
	return q
}

func (q *Qdrant) serve(listener net.Listener) {
	q.server = grpc.NewServer()
	qdrant.RegisterCollectionsServer(q.server, qdrantCollections{Qdrant: q})
	qdrant.RegisterPointsServer(q.server, qdrantPoints{Qdrant: q})
	go q.server.Serve(listener)
}

// Kill breaks all connections and takes no more.
func (q *Qdrant) Kill() { q.server.Stop() }

// Start takes connections again.
func (q *Qdrant) Start() {
	listener, err := net.Listen("tcp", q.address)
	if err != nil {
		q.t.Error(err)
		return
	}
	q.serve(listener)
}

func (q *Qdrant) collection(name string) (*qdrantCollection, error) {
	collection, ok := q.collections[name]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "Not found: Collection `%s` doesn't exist!", name)
	}
	return collection, nil
}

type qdrantCollections struct {
	qdrant.UnimplementedCollectionsServer
	*Qdrant
}

func (q qdrantCollections) Get(_ context.Context, r *qdrant.GetCollectionInfoRequest) (*qdrant.GetCollectionInfoResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	collection, err := q.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	return &qdrant.GetCollectionInfoResponse{Result: &qdrant.CollectionInfo{Config: &qdrant.CollectionConfig{
		Params:   &qdrant.CollectionParams{VectorsConfig: collection.created.GetVectorsConfig()},
		Metadata: collection.created.GetMetadata(),
	}}}, nil
}

func (q qdrantCollections) Create(_ context.Context, r *qdrant.CreateCollection) (*qdrant.CollectionOperationResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, err := q.collection(r.GetCollectionName()); err == nil {
		return nil, status.Errorf(codes.AlreadyExists, "Collection `%s` already exists!", r.GetCollectionName())
	}
	q.collections[r.GetCollectionName()] = &qdrantCollection{r, make(map[string]*qdrant.PointStruct)}
	return &qdrant.CollectionOperationResponse{Result: true}, nil
}

type qdrantPoints struct {
	qdrant.UnimplementedPointsServer
	*Qdrant
}

func (q qdrantPoints) CreateFieldIndex(context.Context, *qdrant.CreateFieldIndexCollection) (*qdrant.PointsOperationResponse, error) {
	return &qdrant.PointsOperationResponse{Result: &qdrant.UpdateResult{Status: qdrant.UpdateStatus_Completed}}, nil
}

func (q qdrantPoints) Upsert(_ context.Context, r *qdrant.UpsertPoints) (*qdrant.PointsOperationResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	collection, err := q.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	size := collection.created.GetVectorsConfig().GetParams().GetSize()
	for _, point := range r.GetPoints() {
		if got := len(values(point)); uint64(got) != size {
			return nil, status.Errorf(codes.InvalidArgument, "Wrong input: Vector dimension error: expected dim: %d, got %d", size, got)
		}
	}
	for _, point := range r.GetPoints() {
		collection.points[point.GetId().GetUuid()] = point
	}
	return &qdrant.PointsOperationResponse{Result: &qdrant.UpdateResult{Status: qdrant.UpdateStatus_Completed}}, nil
}

func values(point *qdrant.PointStruct) []float32 {
	return point.GetVectors().GetVector().GetDense().GetData()
}

func (q qdrantPoints) Get(_ context.Context, r *qdrant.GetPoints) (*qdrant.GetResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	collection, err := q.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	answer := &qdrant.GetResponse{}
	for _, id := range r.GetIds() {
		if point, ok := collection.points[id.GetUuid()]; ok {
			answer.Result = append(answer.Result, &qdrant.RetrievedPoint{Id: id, Payload: point.GetPayload()})
		}
	}
	return answer, nil
}

// matching are the points that a filter of one keyword lets through.
func (c *qdrantCollection) matching(filter *qdrant.Filter) []*qdrant.PointStruct {
	var all []*qdrant.PointStruct
	for _, point := range c.points {
		passes := true
		for _, condition := range filter.GetMust() {
			field := condition.GetField()
			passes = passes && point.GetPayload()[field.GetKey()].GetStringValue() == field.GetMatch().GetKeyword()
		}
		if passes {
			all = append(all, point)
		}
	}
	return all
}

func (q qdrantPoints) Count(_ context.Context, r *qdrant.CountPoints) (*qdrant.CountResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	collection, err := q.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	return &qdrant.CountResponse{Result: &qdrant.CountResult{Count: uint64(len(collection.matching(r.GetFilter())))}}, nil
}

func (q qdrantPoints) Query(_ context.Context, r *qdrant.QueryPoints) (*qdrant.QueryResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	collection, err := q.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	distance := collection.created.GetVectorsConfig().GetParams().GetDistance()
	query := r.GetQuery().GetNearest().GetDense().GetData()
	answer := &qdrant.QueryResponse{}
	for _, point := range collection.matching(r.GetFilter()) {
		answer.Result = append(answer.Result, &qdrant.ScoredPoint{Id: point.GetId(), Payload: point.GetPayload(), Score: score(distance, query, values(point))})
	}
	slices.SortFunc(answer.Result, func(a, b *qdrant.ScoredPoint) int {
		if distance == qdrant.Distance_Euclid {
			return cmp.Compare(a.GetScore(), b.GetScore())
		}
		return cmp.Compare(b.GetScore(), a.GetScore())
	})
	answer.Result = answer.Result[:min(len(answer.Result), int(r.GetLimit()))]
	return answer, nil
}

func score(distance qdrant.Distance, query, row []float32) float32 {
	var product, squares, square1, square2 float64
	for d, x := range query {
		product += float64(x) * float64(row[d])
		squares += (float64(x) - float64(row[d])) * (float64(x) - float64(row[d]))
		square1 += float64(x) * float64(x)
		square2 += float64(row[d]) * float64(row[d])
	}
	switch distance {
	case qdrant.Distance_Dot:
		return float32(product)
	case qdrant.Distance_Euclid:
		return float32(math.Sqrt(squares))
	}
	return float32(product / math.Sqrt(square1*square2))
}
