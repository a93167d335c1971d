(section . (atx_heading heading_content: (inline) @title)) @definition.section
((setext_heading heading_content: (paragraph) @title) @definition.section (#set! until_next))
