"""Who answers, and how they are asked: endpoints, the embedded server, the client, the weights.

Every model call goes through `models.client.client.ModelClient`, whatever serves the model. This
package knows nothing of code, repositories or agents.
"""
