(document (object (pair key: (string (string_content) @title)) @definition.key))

(comment) @lead
