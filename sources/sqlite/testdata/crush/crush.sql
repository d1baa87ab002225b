PRAGMA journal_mode=WAL;
CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, title TEXT NOT NULL, message_count INTEGER NOT NULL DEFAULT 0, prompt_tokens INTEGER NOT NULL DEFAULT 0, completion_tokens INTEGER NOT NULL DEFAULT 0, cost REAL NOT NULL DEFAULT 0.0, updated_at INTEGER NOT NULL, created_at INTEGER NOT NULL, summary_message_id TEXT, todos TEXT);
CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT NOT NULL, role TEXT NOT NULL, parts TEXT NOT NULL DEFAULT '[]', model TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, finished_at INTEGER, provider TEXT, is_summary_message INTEGER DEFAULT 0 NOT NULL);
INSERT INTO sessions(id,parent_session_id,title,message_count,prompt_tokens,completion_tokens,cost,updated_at,created_at) VALUES
('c1',NULL,'Anchor chart',2,100,20,0.5,1777850000,1777800000),
('m1$$t1','c1','Find anchors',2,10,2,0.01,1777800020,1777800010),
('title-c1',NULL,'Generate a title',2,5,5,0,1777800001,1777800000),
('c2',NULL,'New Session',1,0,0,0,1777895700,1777895700);
INSERT INTO messages(id,session_id,role,parts,model,created_at,updated_at,finished_at) VALUES
('m1','c1','user','[{"type":"text","data":{"text":"draw the anchors"}}]',NULL,1777800000,1777800000,NULL),
('m2','c1','assistant','[{"type":"text","data":{"text":"done"}}]','claude-sonnet-4-6',1777800005,1777800030,1777800030),
('m3','m1$$t1','user','[{"type":"text","data":{"text":"find"}}]',NULL,1777800010,1777800010,NULL),
('m4','m1$$t1','assistant','[]','claude-haiku-4-5',1777800011,1777800020,1777800020),
('m5','c2','user','[{"type":"text","data":{"text":"which buoy is red?"}}]',NULL,1777895700,1777895700,NULL);
