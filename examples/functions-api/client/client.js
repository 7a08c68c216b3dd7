// Node.js example
const axios = require('axios')

const apiKey = process.env.API_KEY
const baseUrl = process.env.BASE_URL ?? 'http://127.0.0.1:3000'

// Create a function
const createFunction = async () => {
  try {
    const response = await axios.post(
      `${baseUrl}/functions`,
      {
        name: 'My Function',
        description: 'A function for my application',
        input: {
          name: {
            type: 'string',
            description: 'The name to greet',
          },
        },
        output: {
          greeting: {
            type: 'string',
            description: 'The greeting message',
          },
        },
        code: `
          const { name } = input;
          return {
            greeting: \`Hello, \${name}!\`
          };
        `,
      },
      {
        headers: {
          Authorization: `Bearer ${apiKey}`,
          'Content-Type': 'application/json',
        },
      },
    )

    console.log('Function created:', response.data)
    return response.data
  } catch (error) {
    console.error('Error creating function:', error.response?.data || error.message)
    throw error
  }
}

// Execute a function
const executeFunction = async (functionId, input) => {
  try {
    const response = await axios.post(`${baseUrl}/functions/${functionId}/execute`, input, {
      headers: {
        Authorization: `Bearer ${apiKey}`,
        'Content-Type': 'application/json',
      },
    })

    console.log('Function executed:', response.data)
    return response.data
  } catch (error) {
    console.error('Error executing function:', error.response?.data || error.message)
    throw error
  }
}

// Usage
const main = async () => {
  const func = await createFunction()
  const result = await executeFunction(func.id, { name: 'John' })
  console.log(result.output.greeting) // "Hello, John!"
}

main()
