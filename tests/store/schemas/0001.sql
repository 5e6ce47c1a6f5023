BEGIN TRANSACTION;
CREATE TABLE attempts (
	delivery TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	outcome TEXT NOT NULL, 
	why TEXT NOT NULL, 
	receipt TEXT NOT NULL, 
	PRIMARY KEY (delivery, number), 
	FOREIGN KEY(delivery) REFERENCES deliveries (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "attempts" VALUES('dead',1,1642968060000000,'dead','HTTP 404','HTTP 200');
INSERT INTO "attempts" VALUES('sent',1,1642968060000000,'sent','HTTP 404','HTTP 200');
CREATE TABLE blobs (
	hash TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (hash)
);
INSERT INTO "blobs" VALUES('556288f87476cad89912ec2d9b6f02eb221382573eb8ea48e7c5f8e34790114a',1000,X'785E63F8CF300A47436034048679080000FC4CF21C');
INSERT INTO "blobs" VALUES('855f030b009b801650d41504e0ed5d66a41eb50c067e5ce28a170787394b680d',6,X'785EB3294A2CD7B70300072D01F4');
CREATE TABLE changes (
	id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	source TEXT NOT NULL, 
	place TEXT NOT NULL, 
	issuer TEXT, 
	kind TEXT NOT NULL, 
	situation TEXT NOT NULL, 
	held BOOLEAN NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "changes" VALUES('c1',1642968000000000,'us','UA','US','departure_ordered','s-ua',0,'{"after":null,"after_words":"","areas":[],"audiences":[],"before":null,"certainty":"observed","detail":"","evidence":[],"first_reported":null,"published":null,"publishers":[],"reason":"worse_at_once","references":[],"reported_kind":null,"severity":"extreme","stage":null,"url":""}');
INSERT INTO "changes" VALUES('h1',1642968000000000,'us','UA','US','departure_ordered','s-ua',1,'{"after":null,"after_words":"","areas":[],"audiences":[],"before":null,"certainty":"observed","detail":"","evidence":[],"first_reported":null,"published":null,"publishers":[],"reason":"placeholder","references":[],"reported_kind":null,"severity":"extreme","stage":null,"url":""}');
CREATE TABLE deliveries (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	type TEXT NOT NULL, 
	changes TEXT NOT NULL, 
	created BIGINT NOT NULL, 
	due BIGINT NOT NULL, 
	route TEXT NOT NULL, 
	situation TEXT NOT NULL, 
	cluster TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts BIGINT NOT NULL, 
	why TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	refs TEXT NOT NULL, 
	settled BIGINT, 
	receipt TEXT NOT NULL, 
	token BIGINT NOT NULL, 
	wake BIGINT, 
	worker TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
INSERT INTO "deliveries" VALUES(1,'sent','sent','alert','["c1"]',1642968000000000,1642968000000000,'','s-ua','','sent',1,'HTTP 404','{"x": "é"}','[]',1642968060000000,'HTTP 200',1,NULL,'worker');
INSERT INTO "deliveries" VALUES(2,'dead','dead','alert','["c1"]',1642968000000000,1642968000000000,'','s-ua','','dead',1,'HTTP 404','{"x": "é"}','[]',1642968060000000,'HTTP 200',1,NULL,'worker');
INSERT INTO "deliveries" VALUES(3,'waiting','waiting','alert','["c1"]',1642968000000000,1642968000000000,'','s-ua','','sending',0,'','{"x": "é"}','[]',NULL,'',1,1642968120000000,'worker');
INSERT INTO "deliveries" VALUES(4,'leased','leased','alert','["c1"]',1642968000000000,1642968000000000,'','s-ua','','waiting',0,'','{"x": "é"}','[]',NULL,'',0,1642968000000000,'');
CREATE TABLE edition_places (
	place TEXT NOT NULL, 
	seen BIGINT NOT NULL, 
	edition TEXT NOT NULL, 
	PRIMARY KEY (place, seen, edition), 
	FOREIGN KEY(edition) REFERENCES editions (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "edition_places" VALUES('UA',1642968000000000,'e_acaea08c05fa18472044');
INSERT INTO "edition_places" VALUES('UA',1642968000000000,'e_d8ae0d3f99d15d06de07');
CREATE TABLE editions (
	id TEXT NOT NULL, 
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	places TEXT NOT NULL, 
	issuer TEXT, 
	title TEXT NOT NULL, 
	url TEXT NOT NULL, 
	published BIGINT, 
	seen BIGINT NOT NULL, 
	blob TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(blob) REFERENCES blobs (hash)
);
INSERT INTO "editions" VALUES('e_d8ae0d3f99d15d06de07','us','k1','d1','["UA"]','US','title of k1','https://one.example/k1',1642967940000000,1642968000000000,'855f030b009b801650d41504e0ed5d66a41eb50c067e5ce28a170787394b680d');
INSERT INTO "editions" VALUES('e_acaea08c05fa18472044','us','k2','d2','["UA"]','US','title of k2','https://one.example/k2',1642967940000000,1642968000000000,'556288f87476cad89912ec2d9b6f02eb221382573eb8ea48e7c5f8e34790114a');
CREATE TABLE memory (
	"key" TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	due BIGINT, 
	PRIMARY KEY ("key")
);
INSERT INTO "memory" VALUES('posture/US/UA','{"posture":{"issuer":"US","place":"UA","standings":[["level",{"value":"4","since":"2022-01-23T20:00:00+00:00","words":"","evidence":{"quote":"a quote","rule":"a-rule","url":"","section":""},"areas":[]}]]},"voices":[],"editions":[],"shingles":"cmV?d00001","pending":[],"told":[],"level_by":""}',1,1642968060000000);
CREATE TABLE meta (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('made_by','0.1.0');
CREATE TABLE monitor_schema (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "monitor_schema" VALUES('0001');
CREATE TABLE posture_history (
	id INTEGER NOT NULL, 
	place TEXT NOT NULL, 
	issuer TEXT NOT NULL, 
	standings TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "posture_history" VALUES(1,'UA','US','[["level","3",1642968000000000,"",["a quote","a-rule",""],[]]]',1642968000000000);
INSERT INTO "posture_history" VALUES(2,'UA','US','[["level","4",1642968000000000,"",["a quote","a-rule",""],[]]]',1642968060000000);
CREATE TABLE postures (
	place TEXT NOT NULL, 
	issuer TEXT NOT NULL, 
	standings TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (place, issuer)
);
INSERT INTO "postures" VALUES('UA','US','[["level","4",1642968000000000,"",["a quote","a-rule",""],[]]]',1642968060000000);
CREATE TABLE seen (
	source TEXT NOT NULL, 
	hash BLOB NOT NULL, 
	"key" BLOB NOT NULL, 
	digest TEXT NOT NULL, 
	shown INTEGER NOT NULL, 
	PRIMARY KEY (source, hash)
)
 WITHOUT ROWID

;
INSERT INTO "seen" VALUES('us',X'3D59BE97B0B883FE7AE8D9BE18CBB5AE',X'6B32','digest-2',19015);
INSERT INTO "seen" VALUES('us',X'B2A8BBBB0D226965CB3FD9A44C5883E5',X'6B31','digest-1',19015);
CREATE TABLE sources (
	id TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	configured BOOLEAN NOT NULL, 
	poll BIGINT NOT NULL, 
	etag TEXT NOT NULL, 
	last_modified TEXT NOT NULL, 
	body_hash TEXT NOT NULL, 
	state TEXT NOT NULL, 
	why TEXT NOT NULL, 
	since BIGINT, 
	seen_well BIGINT, 
	polled BIGINT, 
	failures BIGINT NOT NULL, 
	due BIGINT, 
	baseline BOOLEAN NOT NULL, 
	counts TEXT NOT NULL, 
	newest BIGINT, 
	touches BIGINT NOT NULL, 
	shown INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "sources" VALUES('us','o_71e38a919958206ee748',1,2,'','','','broken','timeout: ünreachable',NULL,NULL,1642968000000000,3,1642968900000000,0,'[]',NULL,0,19015);
INSERT INTO "sources" VALUES('ca','o_770e229fb72aab1e5419',1,0,'','','','new','',1642968000000000,NULL,NULL,0,1642968000000000,0,'[]',NULL,0,NULL);
CREATE TABLE tallies (
	source TEXT NOT NULL, 
	day INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	times BIGINT NOT NULL, 
	PRIMARY KEY (source, day, reason)
)
 WITHOUT ROWID

;
INSERT INTO "tallies" VALUES('us',19015,'touch',4);
INSERT INTO "tallies" VALUES('us',19015,'unchanged',7);
CREATE TABLE timers (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	due BIGINT NOT NULL, 
	subject TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "timers" VALUES('t1','reminder',1642971600000000,'s-ua','{}');
CREATE INDEX sources_due ON sources (due) WHERE due IS NOT NULL;
CREATE INDEX memory_due ON memory (due) WHERE due IS NOT NULL;
CREATE INDEX postures_issuer ON postures (issuer, place);
CREATE INDEX posture_history_place ON posture_history (place, at, id);
CREATE INDEX posture_history_at ON posture_history (at);
CREATE INDEX changes_situation ON changes (situation, at, id);
CREATE INDEX changes_issuer ON changes (issuer, at, id);
CREATE INDEX changes_at ON changes (at, id);
CREATE INDEX changes_source ON changes (source, at, id);
CREATE INDEX changes_place ON changes (place, at, id);
CREATE INDEX changes_kind ON changes (kind, at, id);
CREATE INDEX changes_held ON changes (at, id) WHERE held;
CREATE INDEX deliveries_settled ON deliveries (settled) WHERE settled IS NOT NULL;
CREATE INDEX deliveries_channel ON deliveries (channel, state, seq);
CREATE INDEX deliveries_wake ON deliveries (wake) WHERE wake IS NOT NULL;
CREATE INDEX deliveries_queue ON deliveries (situation, channel, seq) WHERE wake IS NOT NULL;
CREATE INDEX deliveries_situation ON deliveries (situation, seq);
CREATE INDEX deliveries_state ON deliveries (state, seq);
CREATE INDEX timers_due ON timers (due, id);
CREATE INDEX tallies_day ON tallies (day);
CREATE INDEX editions_blob ON editions (blob);
CREATE INDEX editions_seen ON editions (seen);
CREATE INDEX edition_places_edition ON edition_places (edition);
COMMIT;
