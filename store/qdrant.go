package store

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gradus-ir/gradus/trec"
)

// qdrantTable is a collection of Qdrant. What it is of stands in its metadata,
// which Qdrant has since 1.16. A point's number is made of its document's id, which stands in its payload.
type qdrantTable struct {
	client *qdrant.Client
	table  string
	schema Schema
}

const metadataKey = "gradus"

func openQdrant(address *url.URL, table string) (*qdrantTable, error) {
	port, err := strconv.Atoi(cmp.Or(address.Port(), "6334"))
	if err != nil {
		return nil, err
	}
	key, _ := address.User.Password()
	client, err := qdrant.NewClient(&qdrant.Config{
		Host: address.Hostname(), Port: port, APIKey: key, UseTLS: address.Query().Get("tls") == "true", PoolSize: 1,
		SkipCompatibilityCheck: true, // it prints
	})
	if err != nil {
		return nil, err
	}
	return &qdrantTable{client: client, table: table}, nil
}

func (q *qdrantTable) error(ctx context.Context, err error) error { return rpcError(ctx, q.table, err) }

func (q *qdrantTable) Describe(ctx context.Context) (Schema, error) {
	info, err := q.client.GetCollectionInfo(ctx, q.table)
	if status.Code(err) == codes.NotFound {
		return Schema{}, fmt.Errorf("table %s: %w", q.table, ErrNoTable)
	}
	if err != nil {
		return Schema{}, q.error(ctx, err)
	}
	q.schema, err = parseSchema(q.table, info.GetConfig().GetMetadata()[metadataKey].GetStringValue())
	return q.schema, err
}

func (q *qdrantTable) Create(ctx context.Context, schema Schema) error {
	q.schema = schema
	distance := map[string]qdrant.Distance{"cosine": qdrant.Distance_Cosine, "dot": qdrant.Distance_Dot, "euclidean": qdrant.Distance_Euclid}[schema.Similarity]
	err := q.client.CreateCollection(ctx, &qdrant.CreateCollection{
		CollectionName: q.table,
		VectorsConfig:  qdrant.NewVectorsConfig(&qdrant.VectorParams{Size: uint64(schema.Dim), Distance: distance}),
		Metadata:       qdrant.NewValueMap(map[string]any{metadataKey: schema.text()}),
	})
	if err != nil {
		return q.error(ctx, err)
	}
	_, err = q.client.CreateFieldIndex(ctx, &qdrant.CreateFieldIndexCollection{
		CollectionName: q.table, FieldName: splitField, FieldType: qdrant.FieldType_FieldTypeKeyword.Enum(), Wait: qdrant.PtrOf(true),
	})
	return q.error(ctx, err)
}

// pointID is the number of a document's point.
func pointID(id string) *qdrant.PointId {
	return qdrant.NewIDUUID(uuid.NewSHA1(uuid.NameSpaceOID, []byte("gradus:"+id)).String())
}

func (q *qdrantTable) Digests(ctx context.Context, ids []string) (map[string]int64, error) {
	points := make([]*qdrant.PointId, len(ids))
	for i, id := range ids {
		points[i] = pointID(id)
	}
	found, err := q.client.Get(ctx, &qdrant.GetPoints{CollectionName: q.table, Ids: points, WithPayload: qdrant.NewWithPayloadInclude(idField, digestField)})
	if err != nil {
		return nil, q.error(ctx, err)
	}
	digests := make(map[string]int64, len(found))
	for _, point := range found {
		digests[point.GetPayload()[idField].GetStringValue()] = point.GetPayload()[digestField].GetIntegerValue()
	}
	return digests, nil
}

func (q *qdrantTable) Upsert(ctx context.Context, records []Record) error {
	points := make([]*qdrant.PointStruct, len(records))
	for i, record := range records {
		points[i] = &qdrant.PointStruct{
			Id: pointID(record.ID), Vectors: qdrant.NewVectorsDense(record.Vector),
			Payload: qdrant.NewValueMap(map[string]any{idField: record.ID, splitField: record.Split, digestField: record.digest()}),
		}
	}
	_, err := q.client.Upsert(ctx, &qdrant.UpsertPoints{CollectionName: q.table, Points: points, Wait: qdrant.PtrOf(true)})
	return q.error(ctx, err)
}

// Finish has nothing to do: Qdrant indexes on its own, and finds what it has not indexed yet too.
func (q *qdrantTable) Finish(context.Context) error { return nil }

func (q *qdrantTable) Count(ctx context.Context, split string) (int64, error) {
	count, err := q.client.Count(ctx, &qdrant.CountPoints{CollectionName: q.table, Filter: filterOf(split), Exact: qdrant.PtrOf(true)})
	return int64(count), q.error(ctx, err)
}

func filterOf(split string) *qdrant.Filter {
	if split == "" {
		return nil
	}
	return &qdrant.Filter{Must: []*qdrant.Condition{qdrant.NewMatchKeyword(splitField, split)}}
}

func (q *qdrantTable) TopK(ctx context.Context, query []float32, k int, split string) ([]trec.Scored, error) {
	points, err := q.client.Query(ctx, &qdrant.QueryPoints{
		CollectionName: q.table, Query: qdrant.NewQueryDense(query), Limit: qdrant.PtrOf(uint64(k)), Filter: filterOf(split),
		WithPayload: qdrant.NewWithPayloadInclude(idField),
	})
	if err != nil {
		return nil, q.error(ctx, err)
	}
	ranking := make([]trec.Scored, len(points))
	for i, point := range points {
		score := float64(point.GetScore())
		if q.schema.Similarity == "euclidean" {
			score = -score // it is the distance
		}
		ranking[i] = trec.Scored{DocID: point.GetPayload()[idField].GetStringValue(), Score: score}
	}
	slices.SortFunc(ranking, trec.Compare)
	return ranking, nil
}

func (q *qdrantTable) Close() error { return q.client.Close() }
